/** News of the attempt, as it is told or asked for. */
import { isHeld } from '../states';
import type { Attempt, AttemptState } from '../types';
import { endPayment, takePayment } from './paying';
import { endsAt } from './hold';
import { fingerprint } from './lobby';
import type { Trouble, Wish } from './state';
import { and, announce, ask, askLater, forget, keep, recall, type Step } from './step';

/** How far an attempt has come. What is told of an earlier stage is late: no answer turns back. */
const STAGE: Record<AttemptState, number> = {
  in_line: 0,
  entered: 1,
  standby: 2,
  reserved: 3,
  confirmed: 4,
  sold_out: 5,
  refused: 5,
  expired: 5,
  cancelled: 5,
  standby_ended: 5,
  // All that is left to tell of the others, long after the sale.
  closed: 6,
};

const isLate = (known: AttemptState, told: AttemptState): boolean =>
  STAGE[told] < STAGE[known] || (STAGE[told] === STAGE[known] && told !== known);

/** News: absent fields are unchanged. */
export function take(step: Step, news: Attempt, atMs: number): Step {
  const { attempt: before, wish, hold, holdings } = step.state;
  if (before && isLate(before.state, news.state)) return step;
  const asked = wish && { sku: wish.sku, quantity: wish.quantity };
  const attempt = { ...asked, ...before, ...news };
  const deadlineMs = news.state === 'reserved' ? news.deadline_ms : undefined;
  // Nobody could say how long it is kept.
  if (news.state === 'reserved' && deadlineMs === undefined && hold.endsAtMs === undefined) return askLater(step);
  const noted = wish && news.state === 'entered' && !wish.isEntry ? keep(step, asEntry(step, wish, atMs)) : step;
  const taken = and(noted, {
    attempt,
    // It may have been heard of before it was shown: what has ended is no other's beside the next.
    holdings: isHeld(attempt) ? holdings : holdings.filter(({ attempt_id }) => attempt_id !== attempt.attempt_id),
    hold: deadlineMs === undefined ? hold : endsAt(hold, deadlineMs, atMs),
  });
  return before?.state === news.state ? taken : moveOn(taken, before, attempt);
}

/** In the lobby: with what is told of the draw by now, to hold against what is told later. */
function asEntry({ state: { sale } }: Step, wish: Wish, atMs: number): Wish {
  const commitment = sale && fingerprint(sale, atMs);
  return { ...wish, isEntry: true, ...(commitment && { commitment }) };
}

/** From one state to another. */
function moveOn(step: Step, before: Attempt | undefined, attempt: Attempt): Step {
  const { leaving, paying, submitting, hasMoved, queues } = step.state;
  const { [attempt.sku ?? '']: _, ...others } = queues;
  // What came in its place is this shopper's, too.
  const found = attempt.reason === 'replaced' ? and(step, {}, { do: 'read holdings' }) : step;
  let next = and(found, {
    hasMoved: hasMoved || before !== undefined,
    leaving: false,
    asks: 0,
    // What was heard before does not count this shopper.
    queues: others,
  });
  // What was asked for is done, or was asked of another state.
  if (leaving) next = recall(next, attempt.attempt_id);
  if (paying && attempt.state !== 'reserved') {
    if (submitting) next = and(recall(next, submitting), { submitting: undefined });
    next = askLater(endPayment(next));
  }
  return before !== undefined && attempt.reason !== 'shopper' ? announce(next) : next;
}

/** What the same shopper has got on another device is theirs here too, as long as it is a place or a reservation. */
export function takeOver(step: Step, news: Attempt, atMs: number): Step {
  const { attempt_id, sku, quantity = 1 } = news;
  if (sku === undefined || !isHeld(news)) return step;
  const { [attempt_id]: known, ...shelf } = step.state.shelf;
  const kept = keep(and(forget(step), { shelf }), known ?? { key: attempt_id, attemptId: attempt_id, sku, quantity });
  return ask(and(take(kept, news, atMs), {}, { do: 'watch' }));
}

/** The answer to how it stands. */
export function answered(step: Step, attemptId: string, attempt: Attempt, atMs: number): Step {
  if (step.state.wish?.attemptId !== attemptId) return step;
  const known = and(step, { isLost: false });
  const before = known.state.attempt?.state;
  const isOld = before !== undefined && isLate(before, attempt.state);
  const next = isOld ? known : takePayment(take(known, attempt, atMs), attempt.payment);
  return next.state.paying || next.state.leaving ? askLater(next) : next;
}

/** No answer to how it stands. */
export function unanswered(step: Step, attemptId: string, problem: Trouble): Step {
  if (step.state.wish?.attemptId !== attemptId) return step;
  return problem.status === 404 ? and(step, { isLost: true }) : askLater(step);
}
