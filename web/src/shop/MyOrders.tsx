import { useEffect, useState } from 'preact/hooks';
import { money, number } from '../i18n/locale';
import { words } from '../i18n/shop';
import { callAsShopper } from './session';
import type { Order } from './types';
import { hasBought } from './wish';

/** What this shopper has ordered in a sale before. Asked for only where this browser knows of an order. */
export function MyOrders({ event }: { event: string }) {
  const [orders, setOrders] = useState<Order[]>([]);
  useEffect(() => {
    if (!hasBought(event)) return;
    const read = callAsShopper<{ orders: Order[] }>('/api/v1/me/orders');
    // Without an answer there is no list, which says nothing untrue.
    read.then((all) => setOrders(all.orders.filter((order) => order.event_id === event))).catch(() => undefined);
  }, [event]);
  if (orders.length === 0) return null;
  return (
    <>
      <h2>{words.yourOrders}</h2>
      <ul>
        {orders.map((order) => (
          <li key={order.number}>
            <strong data-order={order.number}>{order.number}</strong>: {number(order.quantity)} × <bdi>{order.sku}</bdi>,{' '}
            {money(order.total_minor, order.currency)}, {words.orderStates[order.state]}
          </li>
        ))}
      </ul>
    </>
  );
}
