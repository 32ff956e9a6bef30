/** The pauses between tries: longer and longer up to a cap, and jittered. */

/** A pause is drawn from it: what everybody hears at once must not make everybody ask at once. */
export interface Span {
  fromMs: number;
  toMs: number;
}

const FIRST_MS = 1_500;
const LONGEST_MS = 15_000;

/** Half as long to half as long again. */
export const around = (ms: number): Span => ({ fromMs: ms * 0.5, toMs: ms * 1.5 });

/** The pause after so many tries. */
export const pauseAfter = (tries: number): Span => around(Math.min(FIRST_MS * 2 ** tries, LONGEST_MS));
