import './orders.css';
import { useEffect, useState } from 'preact/hooks';
import { money, moment, number } from '../../i18n/locale';
import { words } from '../../i18n/receipt';
import { words as texts } from '../../i18n/shop';
import { Problem } from '../../shared/api';
import { shopName } from '../look';
import { Picture } from '../Picture';
import { ProblemNotice } from '../ProblemNotice';
import { go } from '../router';
import { callAsShopper, isGuest } from '../session';
import type { Orders, OwnOrder } from '../types';
import { saidOf } from './said';

/** What this shopper has ordered, in all sales. Who has signed in finds it on each device. */
export function OrderList() {
  const [orders, setOrders] = useState<OwnOrder[]>();
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => {
    document.title = `${texts.myOrders} · ${shopName}`;
    callAsShopper<Orders>('/api/v1/me/orders').then(
      (found) => setOrders(found.orders),
      (error: unknown) => setProblem(Problem.of(error)),
    );
  }, []);
  return (
    <>
      <h1>{texts.myOrders}</h1>
      {problem && <ProblemNotice problem={problem} />}
      {!orders && !problem && <p>{texts.loading}</p>}
      {orders?.length === 0 && <p>{words.none}</p>}
      {isGuest() && <p class="soft">{words.thisBrowser}</p>}
      <ul class="orders">
        {orders?.map((order) => (
          <li key={order.order_id} class="card">
            <Picture src={order.image_url} lazy />
            <div>
              <p class="badges">
                <span class={`badge ${order.state === 'paid' ? 'active' : ''}`}>{texts.orderStates[order.state]}</span>
              </p>
              <h2>
                <a class="cover" href={`/orders/${order.order_id}`} onClick={go}>
                  {number(order.quantity)} × <bdi>{order.product_name}</bdi>
                </a>
              </h2>
              <p>
                <bdi data-order={order.number}>{order.number}</bdi> · <strong>{money(order.total_minor, order.currency)}</strong>
              </p>
              <p class="soft">
                <bdi>{order.event_name}</bdi> · {moment(order.created_at_ms)}
              </p>
              {saidOf(order) && <p class="soft">{saidOf(order)}</p>}
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}
