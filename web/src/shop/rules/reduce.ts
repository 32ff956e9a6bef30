/**
 * What a shopper can do at the page, and what comes of it: a function of what is known and what happens, to what is
 * known then and what is to be done. It has no clock, no chance, no storage and no network.
 */
import type { LinkState } from '../link/connection';
import type { Said } from '../said';
import { buy, enter, entered, startAnew, turnedAway } from './buying';
import type { Carried, DeskEvent } from './events';
import { giveUp, mustStay, waitsFor, willLeave } from './leaving';
import { hearOther, others, readHoldings, show } from './holdings';
import { notSubmitted, pay, submit, submitted, takeOrder } from './paying';
import * as selling from './selling';
import { answered, take, unanswered } from './news';
import { unknown, type State, type Wish } from './state';
import { and, ask, askLater, fail, forget, readAll, readSale, recall, still, type Step } from './step';

/** The page is opened, and goes on where this browser left off. */
export function open(event: string, wish: Wish | undefined, link: LinkState): Step {
  const begun = still(unknown(event, wish, link));
  const opened = wish ? and(readSale(begun), {}, { do: 'read holdings' }) : readAll(begun);
  return submit(wish?.attemptId ? ask(opened) : enter(opened));
}

export function reduce(state: State, event: DeskEvent): Step {
  const step = still(state);
  switch (event.type) {
    case 'buy':
      return buy(step, event.order, event.key, event.atMs);
    case 'pay':
      return pay(step, event.key, event.card);
    case 'bank answered':
      return askLater(ask(and(step, { asks: 0 })));
    case 'give up':
      return giveUp(step);
    case 'show':
      return show(step, event.attemptId, event.atMs);
    case 'start anew':
      return startAnew(step);
    case 'link':
      return link(step, event.link);
    case 'said':
      return hear(step, event.said, event.atMs);
    case 'sale':
      return selling.readSale(step, event.sale, event.atMs);
    case 'no sale':
      return selling.saleUnread(step, event.problem);
    case 'orders':
      return and(step, { orders: event.orders });
    case 'holdings':
      return readHoldings(step, event.attempts, event.atMs);
    case 'attempt':
      return answered(step, event.attemptId, event.attempt, event.atMs);
    case 'no attempt':
      return unanswered(step, event.attemptId, event.problem);
    case 'answered':
    case 'refused':
    case 'delayed':
      return carried(step, event, event.atMs);
    case 'kept elsewhere':
      return otherTab(step, event.wish);
    case 'awake':
      return and(step, { news: 0 }, { do: 'wake' });
    case 'due':
      if (event.timer === 'ask') return ask(step);
      if (event.timer === 'catch up') return catchUp(step);
      return readSale(and(step, { isOutdated: false }));
  }
}

/** How things stand, in the way that is quickest. */
function catchUp(step: Step): Step {
  const caught = and(step, {}, { do: 'catch up' });
  return others(step.state).length > 0 ? and(caught, {}, { do: 'read holdings' }) : caught;
}

function link(step: Step, now: LinkState): Step {
  // What was missed meanwhile.
  const missed = now === 'live' && step.state.link !== 'connecting';
  const turned = and(step, { link: now });
  return missed ? and(readSale(turned), {}, { do: 'read holdings' }) : turned;
}

function hear(step: Step, said: Said, atMs: number): Step {
  const { wish, event } = step.state;
  switch (said.type) {
    case 'attempt':
      if (said.attempt_id === wish?.attemptId) return take(step, said, atMs);
      return said.event_id === event ? hearOther(step, said, atMs) : step;
    case 'order':
      if (said.attempt_id === wish?.attemptId) return takeOrder(step, said);
      // The list of orders is shown to who wants nothing at the moment.
      return !wish && said.event_id === event ? and(step, {}, { do: 'read orders' }) : step;
    case 'progress':
      return said.event_id === event ? selling.follow(step, said, atMs) : step;
    default:
      return step;
  }
}

/** What was carried for a wish that there is no longer changes nothing. */
function carried(step: Step, news: Carried, atMs: number): Step {
  const { errand } = news;
  if (news.type === 'delayed') return isAwaited(step.state, news) ? fail(step, news.problem) : step;
  const problem = news.type === 'refused' ? news.problem : undefined;
  switch (errand.what) {
    case 'attempt':
      if (problem) return turnedAway(step, errand, problem);
      return news.type === 'answered' && news.letIn ? entered(step, errand, news.letIn, atMs) : step;
    case 'payment':
      return problem ? notSubmitted(step, errand, problem) : submitted(step, errand);
    case 'cancel':
      return problem ? mustStay(step, errand, problem) : willLeave(step, errand);
  }
}

function isAwaited(state: State, { errand }: Carried): boolean {
  if (errand.what === 'cancel') return waitsFor(state, errand);
  return errand.key === (errand.what === 'attempt' ? state.wish?.key : state.submitting);
}

/** Another tab bought, or started anew: this one shows the same. */
function otherTab(step: Step, wish: Wish | undefined): Step {
  const mine = step.state.wish;
  const begun = mine?.key === wish?.key ? step : forget(step);
  const shared = and(begun, { wish });
  if (!wish) return and(shared, {}, { do: 'read holdings' }, { do: 'read orders' });
  if (!wish.attemptId) return shared;
  // The door has let it in: it need not be sent from here any more.
  const isIn = mine?.key === wish.key && !mine.attemptId ? recall(shared, wish.key) : shared;
  return ask(and(isIn, {}, { do: 'watch' }));
}
