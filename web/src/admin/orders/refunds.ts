/** What was asked of an order's refunds, as the server knows it now. */
import { ask } from '../session';
import type { Order, Refund, RefundList } from '../types';

export const refundsOf = async (order: string): Promise<Refund[]> => (await ask<RefundList>(`/orders/${order}/refunds`)).refunds;

/** What is neither refunded nor on its way by now: a row may be older than what others have done. */
export async function leftMinorOf({ order_id, total_minor }: Order): Promise<number> {
  const asked = (await refundsOf(order_id)).filter(({ state }) => state !== 'failed');
  return total_minor - asked.reduce((sum, { amount_minor }) => sum + amount_minor, 0);
}
