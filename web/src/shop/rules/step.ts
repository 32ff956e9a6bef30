/** One step of the reducer: what is known after it, and what is to be done about it. Steps are chained. */
import type { Effect, Errand } from './effects';
import { pauseAfter } from './pause';
import type { State, Trouble, Wish } from './state';

export interface Step {
  readonly state: State;
  readonly effects: readonly Effect[];
}

export const still = (state: State): Step => ({ state, effects: [] });

export const and = (step: Step, change: Partial<State>, ...effects: Effect[]): Step => ({
  state: { ...step.state, ...change },
  effects: [...step.effects, ...effects],
});

/** Changes the wish, in the browser's storage too. */
export const keep = (step: Step, wish: Wish): Step => and(step, { wish }, { do: 'keep', wish });

/** Drops the wish, and shows what can be bought, and what was. */
export const drop = (step: Step): Step => readAll(and(step, { wish: undefined }, { do: 'keep', wish: undefined }));

export const send = (step: Step, errand: Errand): Step => and(step, {}, { do: 'send', errand });

/** Nobody waits for it any more, so neither for what has kept it. */
export const recall = (step: Step, key: string): Step => and(step, { problem: undefined }, { do: 'recall', key });

export const fail = (step: Step, problem: Trouble): Step => and(step, { problem });

export const readSale = (step: Step): Step => and(step, {}, { do: 'read sale' });

/** The sale, and earlier orders in it: what is shown to who wants nothing yet. */
export const readAll = (step: Step): Step => and(step, {}, { do: 'read holdings' }, { do: 'read orders' }, { do: 'read sale' });

/** Asks how the attempt stands, where there is one. */
export const ask = (step: Step): Step => (step.state.wish?.attemptId ? and(step, {}, { do: 'ask' }) : step);

/** Asks again, less and less often: news come by themselves, and sooner. */
export function askLater(step: Step): Step {
  const { asks } = step.state;
  return and(step, { asks: asks + 1 }, { do: 'later', timer: 'ask', span: pauseAfter(asks) });
}

/** There is news: with a sound, and in the title. */
export const announce = (step: Step): Step => and(step, { news: step.state.news + 1 }, { do: 'ring' });

/** Nothing has come of anything yet. */
export const forget = (step: Step): Step =>
  and(
    step,
    {
      attempt: undefined,
      problem: undefined,
      refused: undefined,
      unpaid: undefined,
      paying: false,
      atBank: undefined,
      submitting: undefined,
      leaving: false,
      isLost: false,
      hold: { ...step.state.hold, endsAtMs: undefined, stoodStillMs: undefined },
    },
    { do: 'recall' },
  );
