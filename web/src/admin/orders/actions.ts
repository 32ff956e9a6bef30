/** What can be done about an order, and how it stands, in words. */
import { words } from '../../i18n/orders';
import { money } from '../../i18n/locale';
import type { Order } from '../types';

/** What can be asked for: named as the words are. */
export type Asked = 'refund' | 'refundAgain' | 'settle' | 'tryAgain' | 'tryNow' | 'cancel' | 'putBack' | 'putBackForShop';

/** What failed can be asked for again, and units can be put back later; what the gateway did otherwise ends there, by hand. */
export function whatNext({ state, total_minor, refunded_minor, refund_state: refund, refund_failure: why, put_back, reference }: Order): Asked[] {
  // Its money is the shop's business.
  if (reference) return state === 'paid' && !put_back ? ['putBackForShop'] : [];
  const units: Asked[] = put_back || (state !== 'refunded' && refunded_minor === 0) ? [] : ['putBack'];
  if (state === 'refunded') return units;
  if (state !== 'paid') return [];
  // One that nothing has held up is on its way, and needs nobody.
  if (refund === 'requested' || refund === 'pending') return why ? ['tryNow'] : [];
  if (refund === 'needs_attention') return ['tryAgain', ...units];
  if (total_minor === 0) return ['cancel'];
  // It may have gone back: asked for again, it would go back again.
  if (mismatchOf(why)) return ['settle', ...units];
  return [refund === 'failed' ? 'refundAgain' : 'refund', ...units];
}

/** Why no money of an order can be given back now, if it cannot. */
export function whyNotRefunded(order: Order): string | undefined {
  const [first] = whatNext(order);
  if (first === 'refund' || first === 'refundAgain') return undefined;
  const { whyNot } = words.bulk;
  if (order.reference) return whyNot.shops;
  if (order.state !== 'paid') return whyNot.state(words.states[order.state] ?? order.state);
  if (first === 'cancel') return whyNot.free;
  if (first === 'settle') return whyNot.settle;
  return order.refund_state === 'needs_attention' ? whyNot.attention : whyNot.underWay;
}

/** What the gateway did otherwise than it was asked. */
const mismatchOf = (why: Order['refund_failure']): string | undefined => words.mismatches[why ?? ''];

export const isRetry = (to: Asked): boolean => to === 'tryAgain' || to === 'tryNow';
export const isPutBack = (to: Asked): boolean => to === 'putBack' || to === 'putBackForShop';

export function stateOf({ state, refunded_minor, currency, refund_state: refund, refund_failure: why, put_back }: Order): string {
  const part = state === 'paid' && refunded_minor > 0 && words.partly(money(refunded_minor, currency));
  const named = [words.states[state] ?? state, part].filter(Boolean).join(', ');
  // One that is done is part of what went back.
  const isOpen = refund && refund !== 'refunded' && state !== 'refunded';
  // What has held it up so far does not end it.
  const waits = why && (refund === 'requested' || refund === 'pending') ? words.refundWaits : undefined;
  const mismatch = refund === 'failed' ? mismatchOf(why) : undefined;
  const stands = isOpen && !mismatch ? words.refunding(named, waits ?? words.refundStates[refund] ?? refund) : named;
  const units = put_back ? (words.putBacks[put_back] ?? put_back) : refund === 'refunded' && words.keptSold;
  return [stands, mismatch ?? why, units].filter(Boolean).join(' · ');
}

/** Amounts of several orders, in each of their currencies. */
export function sums(amounts: { minor: number; currency: string }[]): string {
  const all = new Map<string, number>();
  for (const { minor, currency } of amounts) all.set(currency, (all.get(currency) ?? 0) + minor);
  return [...all].map(([currency, minor]) => money(minor, currency)).join(' + ');
}
