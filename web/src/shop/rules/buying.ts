/** From the click to a place in line, and to a new try. */
import type { Accepted, LetIn } from '../types';
import type { Errand } from './effects';
import { take } from './news';
import { lobbyPhase } from './lobby';
import { has, type Order, type Trouble, type Wish } from './state';
import { and, drop, fail, forget, keep, send, type Step } from './step';

/** Takes a place in the line. What is wanted is kept before it is sent, so a second click finds it. */
export function buy(step: Step, order: Order, key: string, atMs: number): Step {
  const { wish, sale } = step.state;
  if (wish) return step;
  const isForLobby = sale && lobbyPhase(sale, atMs) === 'open';
  return enter(keep(forget(and(step, { hasMoved: true })), { ...order, key, ...(isForLobby && { isForLobby }) }));
}

/** Sends what is wanted, unless the door has let it in. */
export function enter(step: Step): Step {
  const { wish } = step.state;
  return wish && !wish.attemptId ? send(step, { what: 'attempt', key: wish.key, wish }) : step;
}

type AttemptErrand = Extract<Errand, { what: 'attempt' }>;

/** The door has let it in; and the line may have answered it already. */
export function entered(step: Step, { key }: AttemptErrand, letIn: LetIn, atMs: number): Step {
  const { wish, attempt, event } = step.state;
  if (wish?.key !== key) return step;
  const inLine = { attempt_id: letIn.attempt_id, event_id: event, state: 'in_line' as const, sku: wish.sku };
  const kept = keep(and(step, { attempt: attempt ?? inLine, problem: undefined }), {
    ...wish,
    attemptId: letIn.attempt_id,
    ...('poll_after_ms' in letIn && placeOf(letIn)),
  });
  if ('poll_after_ms' in letIn) return and(kept, {}, { do: 'watch' });
  return take(and(kept, {}, { do: 'watch', isKnown: true }), letIn, atMs);
}

const placeOf = ({ poll_after_ms, ahead, served }: Accepted): Partial<Wish> => ({
  pollAfterMs: poll_after_ms,
  ...(ahead !== undefined && { ahead }),
  ...(served !== undefined && { served }),
});

/** Refused at the door: nothing was asked for, so nothing is kept but what was filled in. */
export function turnedAway(step: Step, { key }: AttemptErrand, problem: Trouble): Step {
  const { wish } = step.state;
  // What the door has let in meanwhile, for another tab, stays in.
  if (wish?.key !== key || wish.attemptId) return step;
  return fail(drop(and(step, { refused: wish })), problem);
}

/** Forgets what came of it, for a new try. */
export function startAnew(step: Step): Step {
  const noted = has(step.state) === 'purchase' ? and(step, {}, { do: 'note purchase' }) : step;
  return drop(forget(noted));
}
