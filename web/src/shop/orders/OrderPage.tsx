/** An order for its shopper: a receipt to keep or to print, where it stands, and a code to collect it with. */
import './orders.css';
import { useEffect, useState } from 'preact/hooks';
import { isolate, money, moment, number } from '../../i18n/locale';
import { words } from '../../i18n/receipt';
import { words as texts } from '../../i18n/shop';
import { Problem } from '../../shared/api';
import { Bill } from '../Bill';
import { linesOf } from '../buyer/lines';
import { seller } from '../look';
import { Picture } from '../Picture';
import { ProblemNotice } from '../ProblemNotice';
import { QrCode } from '../qr/QrCode';
import { go, isEvent } from '../router';
import { callAsShopper } from '../session';
import type { OwnRefund, Receipt } from '../types';
import { saidOf } from './said';

export function OrderPage({ order: id }: { order: string }) {
  const [order, setOrder] = useState<Receipt>();
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => {
    document.title = texts.myOrders;
    if (!isEvent(id)) return setProblem(new Problem('not_found', 404, ''));
    callAsShopper<Receipt>(`/api/v1/me/orders/${id}`).then(
      (found) => {
        setOrder(found);
        document.title = `${texts.orderNumber} ${found.number}`;
      },
      (error: unknown) => setProblem(Problem.of(error)),
    );
  }, [id]);
  if (order) return <Shown order={order} />;
  if (problem?.kind === 'not_found') {
    return (
      <>
        <h1>{words.noSuchOrder}</h1>
        <p>{words.noSuchOrderText}</p>
        <p>
          <a class="button" href="/orders" onClick={go}>
            {texts.myOrders}
          </a>
        </p>
      </>
    );
  }
  return (
    <>
      <h1>{texts.loading}</h1>
      {problem && <ProblemNotice problem={problem} />}
    </>
  );
}

function Shown({ order }: { order: Receipt }) {
  const { number: name, state, price, refunds, buyer } = order;
  const refund = saidOf(order);
  const lines = buyer ? linesOf(buyer) : [];
  return (
    <article class="receipt">
      <header>
        <p>
          <span class={`badge ${state === 'paid' ? 'active' : ''}`} data-order-state={state}>
            {texts.orderStates[state]}
          </span>
        </p>
        <h1>
          {texts.orderNumber} <bdi data-order={name}>{name}</bdi>
        </h1>
        <p class="soft">{order.paid_at_ms !== undefined ? words.paidAt(moment(order.paid_at_ms)) : words.madeAt(moment(order.created_at_ms))}</p>
      </header>
      {refund && <p class={`notice ${order.refund_failed ? 'bad' : ''}`}>{refund}</p>}
      <div class="receipt-parts">
        <section class="card" aria-label={words.bought}>
          <div class="asked">
            <Picture src={order.image_url} />
            <p>
              {number(order.quantity)} × <bdi>{order.product_name}</bdi>
            </p>
          </div>
          <p class="soft">
            <a href={`/sales/${order.event_id}`} onClick={go}>
              <bdi>{order.event_name}</bdi>
            </a>
          </p>
          {price ? (
            <Bill price={price} />
          ) : (
            <p>
              {texts.total}: <strong>{money(order.total_minor, order.currency)}</strong>
            </p>
          )}
          {order.reference && (
            <p>
              {texts.shopReference}: <bdi>{order.reference}</bdi>
            </p>
          )}
          {refunds.length > 0 && (
            <>
              <h2>{words.refunds}</h2>
              <ul class="refunds">
                {refunds.map((refund, at) => (
                  <li key={at} data-refund={refund.state}>
                    {saidOfRefund(refund, money(refund.amount_minor, order.currency))}
                  </li>
                ))}
              </ul>
            </>
          )}
          {seller && (
            <>
              <h2>{words.seller}</h2>
              <p class="about" dir="auto" data-seller>
                {seller}
              </p>
            </>
          )}
          {lines.length > 0 && (
            <>
              <h2>{texts.buyer.title}</h2>
              <div class="given">
                {lines.map((line, at) => (
                  <bdi key={at}>{line}</bdi>
                ))}
              </div>
            </>
          )}
        </section>
        {state === 'paid' && (
          <section class="card collect" aria-label={words.collect}>
            <h2>{words.collect}</h2>
            <QrCode text={name} label={words.codeOf(isolate(name))} />
            <p class="soft">{words.collectText}</p>
          </section>
        )}
      </div>
      <p class="buttons no-print">
        <button type="button" onClick={() => print()}>
          {words.print}
        </button>
        <a class="button" href="/orders" onClick={go}>
          {texts.myOrders}
        </a>
      </p>
    </article>
  );
}

/** Where it stands, as far as anybody knows. */
function saidOfRefund({ state, created_at_ms, refunded_at_ms, came_back_at_ms }: OwnRefund, sum: string): string {
  if (came_back_at_ms !== undefined) return words.cameBack(sum, moment(came_back_at_ms));
  switch (state) {
    case 'refunded':
      return refunded_at_ms === undefined ? words.wentBack(sum) : words.wentBackAt(sum, moment(refunded_at_ms));
    case 'failed':
      return words.refundFailed(sum);
    case 'needs_attention':
      return words.refundUnknown(sum);
    default:
      return words.onItsWay(sum, moment(created_at_ms));
  }
}
