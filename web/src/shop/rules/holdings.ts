/**
 * All that the same shopper has in a sale: clicked here before, in another browser, or at another device. One of it is shown, the
 * others are named beside it.
 */
import { isHeld } from '../states';
import type { Attempt } from '../types';
import { mayClick } from './lobby';
import { takeOver } from './news';
import type { State } from './state';
import { and, type Step } from './step';

/** What is not shown. While a click is on its way, it may be one of these. */
export const others = ({ holdings, wish }: State): readonly Attempt[] =>
  wish && !wish.attemptId ? [] : holdings.filter(({ attempt_id }) => attempt_id !== wish?.attemptId);

/** Nothing is shown; or an entry in whose place another came, which counts. */
const isVacant = ({ wish, attempt }: State): boolean => !wish || (attempt?.state === 'cancelled' && attempt.reason === 'replaced');

/** What must be paid first comes first. */
const byUrgency = (one: Attempt, other: Attempt): number => (one.deadline_ms ?? Infinity) - (other.deadline_ms ?? Infinity) || 0;

/** All of it was read. */
export function readHoldings(step: Step, attempts: readonly Attempt[], atMs: number): Step {
  const holdings = attempts.filter(isHeld).sort(byUrgency);
  const read = and(step, { holdings });
  const [first] = others(read.state);
  return first && isVacant(step.state) ? takeOver(read, first, atMs) : read;
}

/** News of an attempt that is not shown. */
export function hearOther(step: Step, news: Attempt, atMs: number): Step {
  const { holdings } = step.state;
  const before = holdings.find(({ attempt_id }) => attempt_id === news.attempt_id);
  const attempt = { ...before, ...news };
  if (isHeld(attempt) && isVacant(step.state)) return takeOver(step, attempt, atMs);
  const rest = holdings.filter((held) => held !== before);
  if (isHeld(attempt)) return and(step, { holdings: [...rest, attempt].sort(byUrgency) });
  return before ? and(step, { holdings: rest }) : step;
}

/** Another one is shown. What this browser has kept of the one before is laid aside with it. */
export function show(step: Step, attemptId: string, atMs: number): Step {
  const { wish, attempt, paying, leaving, hold, holdings, shelf } = step.state;
  const next = others(step.state).find(({ attempt_id }) => attempt_id === attemptId);
  if (!next || paying || leaving) return step;
  const before = attempt && isHeld(attempt) ? { ...attempt, ...(hold.endsAtMs !== undefined && { deadline_ms: hold.endsAtMs }) } : undefined;
  const rest = holdings.filter(({ attempt_id }) => attempt_id !== before?.attempt_id);
  const aside = and(step, {
    holdings: before ? [...rest, before].sort(byUrgency) : holdings,
    shelf: wish?.attemptId ? { ...shelf, [wish.attemptId]: wish } : shelf,
  });
  return takeOver(aside, next, atMs);
}

/**
 * Whether somebody may have a place that no page knows of: they have signed in, so they may have clicked at another device, and the
 * line has not said anything about it while it stands still.
 */
export const mayHaveClicked = ({ sale, stalled, wish, holdings }: State, isGuest: boolean, nowMs: number): boolean =>
  !isGuest && !wish && holdings.length === 0 && sale !== undefined && mayClick(sale, nowMs) && (sale.status === 'paused' || stalled);
