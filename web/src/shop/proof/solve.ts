/** Proofs of work: a challenge of the server's, and its solution by ALTCHA's own solver, in the background. */
import Solver from 'altcha/workers/pbkdf2?worker';
import { call, Problem } from '../../shared/api';

interface Challenge {
  parameters: unknown;
  signature: string;
}

interface Solution {
  counter: number;
  derivedKey: string;
}

/** As long as a challenge lasts. */
const TIMEOUT_MS = 290_000;
const WORKERS_MAX = 4;

/**
 * A solved challenge, as it is shown to the server: for who has a session, or for somebody new.
 *
 * @throws {Problem} when there is no challenge, or this browser cannot solve it.
 */
export async function solve(token?: string): Promise<string> {
  const challenge = await call<Challenge>('/api/v1/sessions/challenge', { token });
  // Browsers have what it takes on https, and on this machine.
  const solution = globalThis.crypto?.subtle ? await solved(challenge) : undefined;
  if (!solution) throw new Problem('proof_needed', 0, 'this browser has not solved the challenge');
  return btoa(JSON.stringify({ challenge, solution }));
}

/** By several workers, each with its share of the counters; the first that finds the solution ends the others. */
async function solved(challenge: Challenge): Promise<Solution | undefined> {
  const step = Math.min(navigator.hardwareConcurrency || 1, WORKERS_MAX);
  const workers = Array.from({ length: step }, () => new Solver());
  const found = workers.map(
    (worker, counterStart) =>
      new Promise<Solution>((resolve, reject) => {
        worker.onmessage = ({ data }: MessageEvent<Solution | null>) => (data && 'derivedKey' in data ? resolve(data) : reject(new Error('not solved')));
        worker.onerror = () => reject(new Error('no worker'));
        worker.postMessage({ type: 'work', challenge, counterStart, counterStep: step, timeout: TIMEOUT_MS });
      }),
  );
  try {
    return await Promise.any(found);
  } catch {
    return undefined;
  } finally {
    workers.forEach((worker) => worker.terminate());
  }
}
