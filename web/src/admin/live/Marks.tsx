/** What was done to a sale, when and by whom: the numbers that stand in the charts. */
import { words } from '../../i18n/live';
import { isolate, number } from '../../i18n/locale';
import { toTheSecondOf } from '../time';
import type { Mark } from '../types';

export function Marks({ marks }: { marks: Mark[] }) {
  if (!marks.length) return null;
  return (
    <ol class="marks">
      {marks.map((mark, index) => (
        <li key={`${mark.at} ${mark.what}`} class={mark.what}>
          <b aria-hidden="true">{index + 1}</b> <time dateTime={mark.at}>{toTheSecondOf(mark.at)}</time> {said(mark)}
        </li>
      ))}
    </ol>
  );
}

function said({ what, by, reason, sku, units }: Mark): string {
  const done = what === 'restocked' && sku ? words.restocked(number(units ?? 0), isolate(sku)) : (words.marks[what] ?? what);
  return [done, reason && isolate(reason), by && words.by(isolate(by))].filter(Boolean).join(' · ');
}
