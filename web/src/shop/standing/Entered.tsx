import { momentBeside, number } from '../../i18n/locale';
import { words } from '../../i18n/shop';
import { Countdown } from '../Countdown';
import { GiveUp } from '../GiveUp';
import { useNow } from '../hooks';
import { lobbyPhase } from '../rules/lobby';
import type { Shell } from '../shell';
import type { Sale } from '../types';
import { Figure } from './Figure';
import { Frame } from './Frame';
import { KeepOpen } from './KeepOpen';

/** In the lobby of a sale that starts by draw. */
export function Entered({ shell, sale }: { shell: Shell; sale: Sale }) {
  const { attempt, wish } = shell.state;
  const phase = lobbyPhase(sale, useNow());
  // Whatever the clock says: nothing is decided before the sale goes on.
  const isPaused = sale.status === 'paused';
  return (
    <Frame shell={shell} state="entered" title={words.enteredTitle}>
      {isPaused && <p>{words.enteredPaused}</p>}
      {!isPaused && (phase || !sale.lobby?.waits_for) && (
        <p>
          {phase === 'open' ? words.enteredText(momentBeside(sale.opens_at_ms, sale.lobby?.closes_at_ms ?? 0)) : phase === 'closed' ? words.enteredClosed : words.beingDrawn}
        </p>
      )}
      <dl class="figures">
        {attempt?.quantity !== undefined && <Figure label={words.quantity} value={number(attempt.quantity)} />}
        {phase && !isPaused && (
          <div>
            <dt>{words.drawnIn}</dt>
            <dd>
              <Countdown to={sale.opens_at_ms} />
            </dd>
          </div>
        )}
      </dl>
      {wish?.coupon && <p class="soft">{words.enteredCoupon}</p>}
      <KeepOpen holdMs={sale.hold_ms} />
      {phase === 'open' && (
        <>
          <p class="soft">{words.enteredChange}</p>
          <GiveUp shell={shell} label={words.withdraw} sure={words.withdrawSure} />
        </>
      )}
    </Frame>
  );
}
