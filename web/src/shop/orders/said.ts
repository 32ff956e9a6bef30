import { money } from '../../i18n/locale';
import { words } from '../../i18n/shop';
import type { OwnOrder } from '../types';

/** What has become of the money of an order, where that is more than its state says. */
export function saidOf({ state, refunded_minor, refund_failed, currency }: Pick<OwnOrder, 'state' | 'refunded_minor' | 'refund_failed' | 'currency'>): string {
  if (refund_failed) return words.refundFailedText;
  return state === 'paid' && refunded_minor > 0 ? words.refundedPart(money(refunded_minor, currency)) : '';
}
