/** What has become of an attempt, in a few words: the same above it, in the page's title, and spoken. */
import { money } from '../i18n/locale';
import { words } from '../i18n/shop';
import type { Attempt, AttemptState, Sale } from './types';

const TITLES: Record<AttemptState, string> = {
  in_line: words.waitingTitle,
  entered: words.enteredTitle,
  reserved: words.reservedTitle,
  standby: words.standbyTitle,
  confirmed: words.confirmedTitle,
  sold_out: words.soldOutTitle,
  expired: words.expiredTitle,
  cancelled: words.cancelledTitle,
  standby_ended: words.standbyEndedTitle,
  refused: words.refusedTitle,
  closed: words.closedTitle,
};

export function titleOf(attempt: Attempt, sale: Sale | undefined): string {
  if (attempt.order?.refund_failed) return words.refundFailedTitle;
  if (isRefunded(attempt)) return words.refundedTitle;
  if (hasLeftLobby(attempt)) return attempt.reason === 'replaced' ? words.replacedTitle : words.withdrawnTitle;
  if (hasLeftStandby(attempt)) return words.leftTitle;
  if (attempt.state === 'standby' && attempt.behind) return words.behindTitle;
  if (attempt.state === 'refused' && attempt.reason === 'sale_stopped') return words.stoppedTitle;
  return wantedTooMany(attempt, sale) ? words.tooManyTitle : TITLES[attempt.state];
}

/** It was paid for, and the money goes back: neither that nothing was charged nor that it is theirs would be true. */
export const isRefunded = ({ state, reason, order }: Attempt): boolean =>
  (state === 'cancelled' && reason === 'refunded') || (state === 'confirmed' && order?.state === 'refunded');

/** What is known of money that went back, or was to. */
export function saidOfRefund(attempt: Attempt): string | undefined {
  const { state, order } = attempt;
  const part = order?.state === 'paid' && order.refunded_minor > 0 && words.refundedPart(money(order.refunded_minor, order.currency));
  const whole = isRefunded(attempt) && !part && (state === 'confirmed' ? words.refundedText : words.reasons.refunded);
  return [order?.refund_failed ? words.refundFailedText : whole, part].filter(Boolean).join(' ') || undefined;
}

/** A place on standby was given up that was never granted. */
export const hasLeftStandby = ({ state, reason, answer, price }: Attempt): boolean =>
  state === 'cancelled' && reason === 'shopper' && answer === 'standby' && !price;

/** An entry was withdrawn, or another came in its place. */
export const hasLeftLobby = ({ state, answer }: Attempt): boolean => state === 'cancelled' && answer === 'entered';

/** There is not so much to be had, but there is something. */
export const wantedTooMany = ({ state, sku, quantity = 1 }: Attempt, sale: Sale | undefined): boolean =>
  state === 'sold_out' && quantity > 1 && !!sale?.items.some((item) => item.sku === sku && !item.sold_out);
