/** Giving up a place on standby, or a reservation. */
import type { Errand } from './effects';
import type { State, Trouble } from './state';
import { and, askLater, fail, send, type Step } from './step';

export function giveUp(step: Step): Step {
  const { wish, leaving } = step.state;
  if (!wish?.attemptId || leaving) return step;
  return send(and(step, { leaving: true, asks: 0 }), { what: 'cancel', key: wish.attemptId });
}

type CancelErrand = Extract<Errand, { what: 'cancel' }>;

export const waitsFor = ({ leaving, wish }: State, { key }: CancelErrand): boolean => leaving && wish?.attemptId === key;

/** It is in the line, from where the outcome comes. */
export const willLeave = (step: Step, errand: CancelErrand): Step =>
  waitsFor(step.state, errand) ? askLater(and(step, { problem: undefined })) : step;

export const mustStay = (step: Step, errand: CancelErrand, problem: Trouble): Step =>
  waitsFor(step.state, errand) ? fail(and(step, { leaving: false }), problem) : step;
