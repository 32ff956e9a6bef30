import { money, number } from '../i18n/locale';
import { words } from '../i18n/shop';
import { nameOf } from './item';
import { go } from './router';
import type { Order, Sale } from './types';

/** What this shopper has ordered in a sale before. */
export function MyOrders({ orders, sale }: { orders: readonly Order[]; sale: Sale }) {
  if (orders.length === 0) return null;
  return (
    <>
      <h2>{words.yourOrders}</h2>
      <ul>
        {orders.map((order) => (
          <li key={order.number}>
            <a href={`/orders/${order.order_id}`} onClick={go}>
              <strong data-order={order.number}>{order.number}</strong>
            </a>
            : {number(order.quantity)} × <bdi>{nameOf(sale, order.sku)}</bdi>,{' '}
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
