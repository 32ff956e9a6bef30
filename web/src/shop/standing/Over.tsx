import { number, roughly } from '../../i18n/locale';
import { words } from '../../i18n/shop';
import { ENDINGS_AT_SHOP, isAtShop } from '../atShop';
import { useNow } from '../hooks';
import { lobbyPhase } from '../rules/lobby';
import type { Shell } from '../shell';
import { hasLeftLobby, hasLeftStandby, saidOfRefund, titleOf, wantedTooMany } from '../titles';
import type { Attempt, AttemptState, Payment, Reason, Sale } from '../types';
import { Anew } from './Anew';
import { Frame } from './Frame';

type Ending = Exclude<AttemptState, 'in_line' | 'entered' | 'reserved' | 'standby' | 'confirmed'>;

const ENDINGS: Record<Ending, string> = {
  sold_out: words.soldOutText,
  refused: words.problem,
  expired: words.expiredText,
  cancelled: words.cancelledText,
  standby_ended: words.standbyEndedText,
  closed: words.closedText,
};

/** Others were voided because they could not be made, in time or not. */
const cameTooLate = (payment: Payment | undefined): boolean => payment?.state === 'voided' && payment.failure === 'expired';

export function Over({ shell, sale, attempt, state }: { shell: Shell; sale: Sale; attempt: Attempt; state: Ending }) {
  const { reason, payment } = attempt;
  const now = useNow();
  const mayEnterAgain = hasLeftLobby(attempt) && lobbyPhase(sale, now) === 'open';
  const { has, most } = attempt.series_limit ?? {};
  const why =
    has !== undefined && most !== undefined ? words.seriesLimit(number(has), number(most))
    : reason === 'held_back' ? saidOfHeldBack(sale)
    : reason && words.reasons[reason];
  const said =
    hasLeftLobby(attempt) ? (reason === 'replaced' ? words.replacedText : words.withdrawnText)
    : hasLeftStandby(attempt) ? words.leftText
    // It may have been charged, and given back.
    : reason === 'capture_failed' ? why
    : wantedTooMany(attempt, sale) ? words.tooManyText
    : saidOfRefund(attempt);
  const otherwise =
    reason === 'capture_failed' ? words.withAnotherCard
    : wantedTooMany(attempt, sale) ? words.askForLess
    : undefined;
  const atShop = isAtShop(sale) ? ENDINGS_AT_SHOP[state] : undefined;
  const ending = state === 'standby_ended' && reason === 'sale_stopped' ? words.leftText : (atShop ?? ENDINGS[state]);
  return (
    <Frame shell={shell} state={state} title={titleOf(attempt, sale)}>
      {state === 'refused' && why ? <p>{why}</p> : <p>{said ?? ending}</p>}
      {state !== 'refused' && why && !said && <p class="soft">{why}</p>}
      {state === 'expired' && cameTooLate(payment) && !atShop && <p class="soft">{words.voided}</p>}
      {sale.hoarding && cameToNothing(attempt) && <p class="soft">{words.unpaidCounts}</p>}
      <Anew shell={shell} sale={sale} said={otherwise} {...(mayEnterAgain && { label: words.enterAgain })} />
    </Frame>
  );
}

/** It was reserved, and ran out, was given back, or could not be paid: all of it counts where a sale has limits. */
const cameToNothing = ({ state, reason, price }: Attempt): boolean =>
  !!price && (state === 'expired' || (state === 'cancelled' && UNPAID.some((one) => one === reason)));
const UNPAID: readonly Reason[] = ['shopper', 'payment_failed', 'capture_failed'];

/** Which of the limits it was, nobody tells. Where a sale has none, the organiser did it. */
const saidOfHeldBack = ({ hoarding, hold_ms }: Sale): string =>
  hoarding ? `${words.reasons.held_back} ${words.heldBackWhy(roughly(hoarding.rest_ms + hold_ms))}` : `${words.behindWhy.put_aside} ${words.reasons.held_back}`;

