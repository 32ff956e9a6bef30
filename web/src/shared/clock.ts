/**
 * The server's time. Once set, it runs on the browser's monotonic clock: a device whose clock is wrong, or is set
 * while the page is open, changes nothing.
 */
let offsetMs = Date.now() - performance.now();
let bestTripMs = Infinity;

/** Learns from an answer that named the server's time, asked `tripMs` ago; the quickest answer is the truest. */
export function learn(serverTimeMs: number, tripMs: number): void {
  if (tripMs > bestTripMs) return;
  bestTripMs = tripMs;
  offsetMs = serverTimeMs + tripMs / 2 - performance.now();
}

/** Sleep can stop the monotonic clock: learn anew. */
export function forget(): void {
  bestTripMs = Infinity;
}

/** Now, in Unix ms, as the server sees it. */
export function now(): number {
  return performance.now() + offsetMs;
}
