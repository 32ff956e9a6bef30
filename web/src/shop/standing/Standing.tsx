/** How this shopper's attempt stands: one small view for each state. */
import { words } from '../../i18n/shop';
import type { Shell } from '../shell';
import type { Sale } from '../types';
import { Confirmed } from './Confirmed';
import { Entered } from './Entered';
import { Frame } from './Frame';
import { InLine } from './InLine';
import { Lost } from './Lost';
import { Over } from './Over';
import { Reserved } from './Reserved';
import { Behind, Standby } from './Standby';

export function Standing({ shell, sale }: { shell: Shell; sale: Sale }) {
  const { attempt, wish, isLost } = shell.state;
  if (isLost) return <Lost shell={shell} sale={sale} />;
  // Known again in a moment, or not yet sent.
  if (!attempt) {
    return (
      <Frame shell={shell} state="sending" title={wish?.attemptId ? words.loading : words.sending}>
        {!wish?.attemptId && <p class="soft">{words.noPlaceYet}</p>}
      </Frame>
    );
  }
  switch (attempt.state) {
    case 'in_line':
      return <InLine shell={shell} sale={sale} />;
    case 'entered':
      return <Entered shell={shell} sale={sale} />;
    case 'reserved':
      return <Reserved shell={shell} attempt={attempt} />;
    case 'standby':
      return attempt.behind ? <Behind shell={shell} sale={sale} behind={attempt.behind} /> : <Standby shell={shell} sale={sale} />;
    case 'confirmed':
      return <Confirmed shell={shell} sale={sale} attempt={attempt} />;
    default:
      return <Over shell={shell} sale={sale} attempt={attempt} state={attempt.state} />;
  }
}
