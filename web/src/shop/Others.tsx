import { number } from '../i18n/locale';
import { words } from '../i18n/shop';
import { Countdown } from './Countdown';
import { nameOf } from './item';
import { others } from './rules/holdings';
import type { Shell } from './shell';
import { titleOf } from './titles';
import type { Sale } from './types';

/** What the same shopper has in the sale beside what is shown: each can be opened. */
export function Others({ shell, sale }: { shell: Shell; sale: Sale }) {
  const { paying, leaving } = shell.state;
  const more = others(shell.state);
  if (more.length === 0) return null;
  return (
    <section class="notice others" aria-labelledby="also-yours">
      <h2 id="also-yours">{words.alsoYours}</h2>
      <ul>
        {more.map((one) => {
          const what = `${number(one.quantity ?? 1)} × ${nameOf(sale, one.sku ?? '')}`;
          return (
            <li key={one.attempt_id} data-other={one.state}>
              <span>
                <bdi>{what}</bdi>: {titleOf(one, sale)}
                {one.state === 'reserved' && one.deadline_ms !== undefined && sale.status !== 'paused' && (
                  <>
                    . {words.reservedUntil} <Countdown to={one.deadline_ms} />
                  </>
                )}
              </span>{' '}
              <button
                type="button"
                disabled={paying || leaving}
                aria-label={`${words.showIt}: ${what}`}
                onClick={() => shell.send({ type: 'show', attemptId: one.attempt_id })}
              >
                {words.showIt}
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
