/** From the card to the end of its payment. */
import { isReservationOver, PAYMENT } from '../states';
import type { OrderNews } from '../said';
import type { Payment } from '../types';
import type { Errand } from './effects';
import { has, type Trouble } from './state';
import { and, announce, ask, askLater, fail, keep, send, type Step } from './step';

/** One payment at a time, and none of what is being given up. It is kept before it is sent. */
export function pay(step: Step, key: string, card: string | undefined): Step {
  const { wish, paying, leaving } = step.state;
  if (!wish || paying || leaving) return step;
  return submit(keep(and(step, { unpaid: undefined }), { ...wish, payment: { key, ...(card && { card }) } }));
}

/** Sends the payment that is kept. */
export function submit(step: Step): Step {
  const { attemptId, payment } = step.state.wish ?? {};
  if (!attemptId || !payment || step.state.submitting === payment.key) return step;
  const sent = and(step, { submitting: payment.key, paying: true, asks: 0, problem: undefined });
  return send(sent, { what: 'payment', key: payment.key, attemptId, card: payment.card });
}

type PaymentErrand = Extract<Errand, { what: 'payment' }>;

/** It was taken: how it ends is heard, or asked for. */
export function submitted(step: Step, { key }: PaymentErrand): Step {
  if (step.state.submitting !== key) return step;
  return askLater(and(step, { submitting: undefined, problem: undefined }));
}

export function notSubmitted(step: Step, { key }: PaymentErrand, problem: Trouble): Step {
  if (step.state.submitting !== key) return step;
  return ask(fail(endPayment(and(step, { submitting: undefined })), problem));
}

/** The payment has ended, one way or the other. */
export function endPayment(step: Step): Step {
  const { wish } = step.state;
  const ended = and(step, { paying: false, atBank: undefined });
  if (!wish?.payment) return ended;
  const { payment: _, ...rest } = wish;
  return keep(ended, rest);
}

/** How the attempt's latest payment stands. */
export function takePayment(step: Step, payment: Payment | undefined): Step {
  // An earlier one says nothing about that which is being sent.
  if (step.state.submitting) return step;
  if (!payment) return submit(step);
  const meaning = PAYMENT[payment.state];
  if (has(step.state) === 'reservation') {
    if (meaning === 'under_way') return and(step, { paying: true, atBank: undefined });
    if (meaning === 'at_bank') return and(step, { paying: true, atBank: { action: payment.action } });
  }
  const ended = endPayment(step);
  if (meaning !== 'declined' && meaning !== 'not_made') return ended;
  // What has become of the reservation is on its way, and says more.
  if (isReservationOver(payment)) return has(step.state) === 'reservation' ? askLater(ended) : ended;
  return and(ended, { unpaid: { why: meaning, triesLeft: payment.tries_left } });
}

/** What has become of a payment, or of the order it made. */
export function takeOrder(step: Step, news: OrderNews): Step {
  // What it asks stands in the answer to how the attempt stands.
  if (news.state === 'action_needed') return announce(ask(step));
  const ended = endPayment(step);
  const told = news.state === 'declined' ? and(ended, { unpaid: { why: 'declined', triesLeft: news.tries_left } }) : ask(ended);
  return announce(told);
}
