import { isolate } from '../i18n/locale';
import { words } from '../i18n/shop';
import type { Problem } from '../shared/api';
import { isLasting } from '../shared/storage';
import type { Desk } from './desk';

export function ProblemNotice({ problem }: { problem: Problem }) {
  return (
    <p class="notice bad" role="alert">
      {words.problems[problem.kind] ?? words.problem}
    </p>
  );
}

/** What is going on with the line and the connection, for everyone on the page. What is kept is said to who has it. */
export function Notices({ desk }: { desk: Desk }) {
  const { sale, link, stalled } = desk;
  // Our sentence goes on with its own full stop.
  const reason = sale?.status_reason && isolate(sale.status_reason.replace(/[.。]+\s*$/u, ''));
  const kept = { place: words.placeKept, reservation: words.reservationKept, purchase: '', nothing: '' }[desk.has];
  const paused = reason ? words.pausedBecause(reason) : words.paused;
  return (
    <div class="notices" role="status">
      {sale?.status === 'paused' && (
        <p class="notice">
          {paused} {desk.wish ? kept : words.mayEnter}
        </p>
      )}
      {sale?.status === 'stopped' && (
        <p class="notice bad">{reason ? words.stoppedBecause(reason) : words.status.stopped}</p>
      )}
      {sale?.status === 'active' && stalled && (
        <p class="notice">
          {words.stalled} {kept}
        </p>
      )}
      {link === 'lost' && (
        <p class="notice">
          {words.offline} {kept}
        </p>
      )}
      {link === 'polling' && <p class="notice">{words.polling}</p>}
      {!isLasting() && <p class="notice">{words.keepsNothing}</p>}
    </div>
  );
}
