/** What this shopper has asked for here, and what has become of it; beside it, the sale. */
import { words } from '../i18n/shop';
import { ItemList } from './ItemList';
import { Others } from './Others';
import { ProblemNotice } from './ProblemNotice';
import { has } from './rules/state';
import type { Shell } from './shell';
import { Standing } from './standing/Standing';
import { isOver } from './states';
import { TellMe } from './notifications/TellMe';
import { SoundSwitch } from './SoundSwitch';
import { Terms } from './Terms';
import type { Sale } from './types';

interface Props {
  shell: Shell;
  sale: Sale;
  isLive: boolean;
  problem: { kind: string } | undefined;
}

export function TakingPart({ shell, sale, isLive, problem }: Props) {
  return (
    <div class="columns">
      {/* Who waits wants to see that first, on a small screen and with a screen reader. */}
      <section id="panel" tabIndex={-1} class="card panel" aria-label={words.waitingTitle}>
        {problem && <ProblemNotice problem={problem} />}
        <Others shell={shell} sale={sale} />
        <Standing shell={shell} sale={sale} />
        <SoundSwitch />
        {(has(shell.state) !== 'nothing' || !isOver(sale.status)) && (
          <TellMe event={sale.event_id} hasLobby={sale.lobby !== undefined} takesPart />
        )}
      </section>
      <section aria-label={words.item}>
        <ItemList sale={sale} isLive={isLive} />
        <Terms sale={sale} />
      </section>
    </div>
  );
}
