import { money, number } from '../i18n/locale';
import { words } from '../i18n/shop';
import type { Order } from './types';

/** What this shopper has ordered in a sale before. */
export function MyOrders({ orders }: { orders: readonly Order[] }) {
  if (orders.length === 0) return null;
  return (
    <>
      <h2>{words.yourOrders}</h2>
      <ul>
        {orders.map((order) => (
          <li key={order.number}>
            <strong data-order={order.number}>{order.number}</strong>: {number(order.quantity)} × <bdi>{order.sku}</bdi>,{' '}
            {money(order.total_minor, order.currency)}, {words.orderStates[order.state]}
            {order.state === 'paid' && order.refunded_minor > 0 && (
              <> ({words.refundedPart(money(order.refunded_minor, order.currency))})</>
            )}
            {order.refund_failed && <> ({words.refundFailedText})</>}
          </li>
        ))}
      </ul>
    </>
  );
}
