import { isolate } from '../i18n/locale';
import { words } from '../i18n/shop';
import { isLasting } from '../shared/storage';
import { has, type State } from './rules/state';

export function ProblemNotice({ problem }: { problem: { kind: string } }) {
  return (
    <p class="notice bad" role="alert">
      {words.problems[problem.kind] ?? words.problem}
    </p>
  );
}

/** What is going on with the line and the connection, for everyone on the page. What is kept is said to who has it. */
export function Notices({ state }: { state: State }) {
  const { sale, link, stalled, wish, leaving } = state;
  // Our sentence goes on with its own full stop.
  const reason = sale?.status_reason && isolate(sale.status_reason.replace(/[.。]+\s*$/u, ''));
  const mine = leaving ? 'nothing' : has(state);
  const whilePaused = { place: words.placeKept, reservation: words.reservationKept, purchase: '', nothing: '' }[mine];
  // Otherwise the time to pay goes on.
  const kept = mine === 'reservation' ? words.reservationRuns : whilePaused;
  const paused = reason ? words.pausedBecause(reason) : words.paused;
  return (
    <div class="notices" role="status">
      {sale?.status === 'paused' && (
        <p class="notice">
          {paused} {leaving ? words.leavingPaused : wish ? whilePaused : words.mayEnter}
        </p>
      )}
      {sale?.status === 'stopped' && (
        <p class="notice bad">
          {reason ? words.stoppedBecause(reason) : words.status.stopped} {mine === 'reservation' && words.stillPayable}
        </p>
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
