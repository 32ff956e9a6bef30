/** One order: what it is, who bought it, what happened to it, and what can be done about it. */
import { useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import { words as admin } from '../../i18n/admin';
import { momentOf, money, number } from '../../i18n/locale';
import { words } from '../../i18n/orders';
import { addressOf } from '../address';
import { useLoad } from '../hooks';
import { Table, Title, Trouble } from '../parts';
import { ask, may } from '../session';
import type { OrderDetail } from '../types';
import { stateOf, whatNext, type Asked } from './actions';
import { Buyer } from './Buyer';
import { ByHand, Question } from './Question';
import { Timeline } from './Timeline';

const LOOK_EVERY_MS = 5_000;

export function OrderPage({ id }: { id: string }) {
  const { value: order, problem, look } = useLoad(() => ask<OrderDetail>(`/orders/${encodeURIComponent(id)}`), [id], LOOK_EVERY_MS);
  const [asked, setAsked] = useState<Asked>();
  const next = order && may('refund') ? whatNext(order) : [];
  const seeAgain = (): void => (setAsked(undefined), void look());
  return (
    <>
      <p class="back">
        <a href={addressOf('orders')}>{words.allOrders}</a>
      </p>
      <Title text={order ? words.title(order.number) : admin.places.orders}>
        <div class="buttons">
          {next.map((to) => (
            <button key={to} type="button" aria-label={order && words[to].of(order.number)} onClick={() => setAsked(to)}>
              {words[to].button}
            </button>
          ))}
        </div>
      </Title>
      <Trouble text={problem} />
      {order && (
        <>
          <p class="stands">{stateOf(order)}</p>
          <div class="aside">
            <div>
              <Lines order={order} />
              <section class="card" aria-labelledby="what-happened">
                <h2 id="what-happened">{words.timeline}</h2>
                <Timeline entries={order.timeline} currency={order.currency} reservation={order.reservation_id} />
              </section>
            </div>
            <div>
              <Facts order={order} />
              {order.has_buyer && may('read_buyers') && <Buyer order={order.order_id} deleted={() => void look()} />}
            </div>
          </div>
        </>
      )}
      {order && asked === 'settle' ?
        <ByHand order={order} close={() => setAsked(undefined)} />
      : order && asked && asked !== 'settle' && <Question order={order} to={asked} close={seeAgain} />}
    </>
  );
}

function Lines({ order }: { order: OrderDetail }) {
  const { currency } = order;
  // What was never granted has no price of units.
  const lines = order.lines.length > 0 ? order.lines : [{ units: order.quantity, unit_minor: order.total_minor / order.quantity }];
  return (
    <Table label={words.lines} head={words.linesHead} amounts={[1, 2, 3]}>
      {lines.map(({ units, unit_minor }, index) => (
        <tr key={index}>
          <th scope="row" class="product">
            <bdi>{order.product_name}</bdi>
            <small class="id">{order.sku}</small>
          </th>
          <td class="amount">{number(units)}</td>
          <td class="amount">{money(unit_minor, currency)}</td>
          <td class="amount">{money(units * unit_minor, currency)}</td>
        </tr>
      ))}
      <Sum label={words.facts.total} minor={order.total_minor} currency={currency} />
      {order.refunded_minor > 0 && (
        <>
          <Sum label={words.facts.refunded} minor={order.refunded_minor} currency={currency} />
          <Sum label={words.facts.net} minor={order.total_minor - order.refunded_minor} currency={currency} />
        </>
      )}
    </Table>
  );
}

function Sum({ label, minor, currency }: { label: string; minor: number; currency: string }) {
  return (
    <tr>
      <th scope="row" colSpan={3}>
        {label}
      </th>
      <td class="amount">
        <strong>{money(minor, currency)}</strong>
      </td>
    </tr>
  );
}

function Facts({ order }: { order: OrderDetail }) {
  const { facts } = words;
  const rows: [string, ComponentChildren][] = [
    [facts.sale, <a href={addressOf(`events/${order.event_id}`)}><bdi>{order.event_name}</bdi></a>],
    [facts.made, momentOf(order.created_at)],
    [facts.paid, order.paid_at && momentOf(order.paid_at)],
    [facts.through, order.gateway != null && (words.gateways[order.gateway] ?? order.gateway)],
    [facts.customer, order.customer && <bdi>{order.customer}</bdi>],
    [facts.reference, order.reference && <bdi>{order.reference}</bdi>],
    [facts.coupon, order.coupon && <bdi>{order.coupon}</bdi>],
    [facts.shopper, <Elsewhere id={order.shopper_id} />],
    [facts.reservation, <span class="id">{order.reservation_id}</span>],
  ];
  return (
    <dl class="card given">
      {rows
        .filter(([, value]) => value)
        .map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** A shopper: everything that they bought. */
const Elsewhere = ({ id }: { id: string }) => (
  <a class="id" href={addressOf('orders', { q: id })}>
    {id}
  </a>
);
