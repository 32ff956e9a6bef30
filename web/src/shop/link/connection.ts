/** Whether news come over a socket, by asking, or not at all. By the device's clock: a socket is lost on this device. */

export type LinkState = 'connecting' | 'live' | 'lost' | 'polling';

export interface Standing {
  readonly state: LinkState;
  /** Since when there is no socket. */
  readonly lostAtMs: number | undefined;
}

/** So long without a socket, and the page asks. */
export const NO_SOCKET_MS = 4_000;

export const begun = (isOnline: boolean, atMs: number): Standing => ({
  state: isOnline ? 'connecting' : 'lost',
  lostAtMs: atMs,
});

export const mustAsk = ({ lostAtMs }: Standing, atMs: number): boolean =>
  lostAtMs !== undefined && Math.abs(atMs - lostAtMs) >= NO_SOCKET_MS;

/** The socket is open. */
export const opened = (): Standing => ({ state: 'live', lostAtMs: undefined });

/** The socket broke, or did not open. */
export const broken = ({ state, lostAtMs }: Standing, isOnline: boolean, atMs: number): Standing => ({
  state: state === 'live' || !isOnline ? 'lost' : state,
  lostAtMs: lostAtMs ?? atMs,
});

/** It is time to look whether the page must ask. */
export const looked = (known: Standing, atMs: number): Standing =>
  known.state === 'connecting' && mustAsk(known, atMs) ? { ...known, state: 'lost' } : known;

/** A question was answered, over HTTP. */
export const answered = (known: Standing, atMs: number): Standing =>
  known.state === 'lost' && mustAsk(known, atMs) ? { ...known, state: 'polling' } : known;

/** A question had no answer. */
export const unanswered = (known: Standing): Standing =>
  known.state === 'polling' ? { ...known, state: 'lost' } : known;
