import { Problem } from '../shared/api';

const FIRST_PAUSE_MS = 1_500;
const LONGEST_PAUSE_MS = 15_000;

/** The pause before the next of several tries, jittered. */
export const pauseMs = (tries: number): number =>
  Math.min(FIRST_PAUSE_MS * 2 ** tries, LONGEST_PAUSE_MS) * (0.5 + Math.random());

/**
 * Tries until there is an answer that will not change by trying again; `failed` hears of each that may, and says
 * whether to go on. The key in it makes it the same request.
 */
export async function untilAnswered<T>(
  act: () => Promise<T>,
  failed: (problem: Problem) => boolean,
): Promise<T | undefined> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof Problem) || !error.isPassing) throw error;
      if (!failed(error)) return undefined;
      const pause = error.retryAfterMs === undefined ? pauseMs(tries) : error.retryAfterMs * (0.5 + Math.random());
      await new Promise((go) => setTimeout(go, pause));
    }
  }
}
