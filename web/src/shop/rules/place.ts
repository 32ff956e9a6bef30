/** Where an attempt stands in line or on standby, and how long it may take: computed here, from the same few bytes for everyone. */

/** What the 202 said, kept with the attempt. */
export interface Ticket {
  ahead?: number;
  served?: number;
}

/** Paces of the last while, newest last, in attempts a second. */
export type Paces = readonly number[];
const PACES_KEPT = 40;
/** So many say something about how long it takes. */
const PACES_NEEDED = 3;

export const withPace = (paces: Paces, perS: number): Paces =>
  perS > 0 ? [...paces, perS].slice(-PACES_KEPT) : paces;

/**
 * How long so many attempts may take, in ms, at the quickest and the slowest tenth of the paces seen: an honest
 * spread rather than one number that is always wrong. Nothing before there is a pace to go by.
 */
export function waitFor(ahead: number, paces: Paces): { fromMs: number; toMs: number } | undefined {
  if (paces.length < PACES_NEEDED) return undefined;
  const sorted = [...paces].sort((a, b) => a - b);
  const tenth = Math.floor(sorted.length / 10);
  const slow = sorted[tenth] ?? 1;
  const quick = sorted[sorted.length - 1 - tenth] ?? 1;
  return { fromMs: (ahead / quick) * 1000, toMs: (ahead / slow) * 1000 };
}

/** How many are before this one now. */
export function aheadOf(ticket: Ticket, servedNow: number): number | undefined {
  if (ticket.ahead === undefined || ticket.served === undefined) return undefined;
  return Math.max(0, ticket.ahead - Math.max(0, servedNow - ticket.served));
}

/** Those on standby for an item. */
export interface Queue {
  standby_len: number;
  /** The number of the place to be served next. */
  standby_head?: number | undefined;
}

/** The place on standby now: places are served in the order of their numbers, and some are left early. */
export function standbyPlace(given: { number: number; place: number }, queue: Queue | undefined): number {
  if (!queue) return given.place;
  const byNumber = queue.standby_head === undefined ? given.place : given.number - queue.standby_head + 1;
  return Math.max(1, Math.min(given.place, byNumber, queue.standby_len));
}
