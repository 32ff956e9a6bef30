import { words } from '../../i18n/live';
import { number, percent } from '../../i18n/locale';
import type { Figures } from '../types';

/** How far attempts come: each step in numbers, and as a share of the one before. What is not known is not drawn. */
export function Funnel({ figures }: { figures: Figures }) {
  const steps = stepsOf(figures);
  const most = Math.max(1, ...steps.map(([, count]) => count ?? 0));
  return (
    <section class="card funnel">
      <h2>{words.funnel}</h2>
      <ol>
        {steps.map(([step, count], index) => {
          const before = steps[index - 1]?.[1];
          return (
            <li key={step}>
              <span>{words.funnelSteps[step]}</span>
              <span class="track" aria-hidden="true">
                <i style={{ width: `${(100 * (count ?? 0)) / most}%` }} />
              </span>
              <b>
                {count === undefined ? '–' : number(count)}
                {count !== undefined && !!before && <small> {percent(Math.round((1_000 * count) / before) * 10)}</small>}
              </b>
            </li>
          );
        })}
      </ol>
      <small>{words.arrivedIs}</small>
    </section>
  );
}

function stepsOf({ attempts, line, orders, paying }: Figures): [keyof typeof words.funnelSteps, number | undefined][] {
  const paid = orders && (orders['paid']?.count ?? 0) + (orders['refunded']?.count ?? 0);
  return [
    ['arrived', attempts && attempts.served + line.length],
    ['answered', attempts?.served],
    ['reserved', attempts && attempts.reserved + attempts.granted_from_standby],
    // Counted less often than orders are: whoever has paid has begun to.
    ['paying', paying === undefined ? undefined : Math.max(paying, paid ?? 0)],
    ['paid', paid],
  ];
}
