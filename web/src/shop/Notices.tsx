import { words } from '../i18n/shop';
import type { Problem } from '../shared/api';
import type { Desk } from './desk';

export function ProblemNotice({ problem }: { problem: Problem }) {
  return (
    <p class="notice bad" role="alert">
      {words.problems[problem.kind] ?? words.problem}
    </p>
  );
}

/** What is going on with the line and the connection, for everyone on the page. */
export function Notices({ desk }: { desk: Desk }) {
  const { sale, link, stalled } = desk;
  const reason = sale?.status_reason;
  return (
    <div class="notices" role="status">
      {sale?.status === 'paused' && <p class="notice">{reason ? words.pausedBecause(reason) : words.paused}</p>}
      {sale?.status === 'stopped' && (
        <p class="notice bad">{reason ? words.stoppedBecause(reason) : words.status.stopped}</p>
      )}
      {sale?.status === 'active' && stalled && <p class="notice">{words.stalled}</p>}
      {link === 'lost' && <p class="notice">{words.offline}</p>}
      {link === 'polling' && <p class="notice">{words.polling}</p>}
    </div>
  );
}
