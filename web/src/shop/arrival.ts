/**
 * A customer of the shop comes from there, with a token in the address: `#customer_token=…`, which no server is told. It
 * is taken out of the address at once, and exchanged for a session. Whoever holds something here as somebody else is
 * asked first: what they hold stays with the session that they hold it by.
 */
import { Problem } from '../shared/api';
import * as kept from './kept';
import { callAsShopper, sessionFor, shopper, use, type Session } from './session';
import { HAS } from './states';
import type { Attempt } from './types';

const PARAMETER = 'customer_token';

/** What a person must be told, or asked, about it. */
export type Arrival =
  /** Something is held here by another session. */
  | { what: 'holds'; session: Session }
  | { what: 'failed'; problem: Problem; token: string };

const tokenInAddress = (): string | null => new URLSearchParams(location.hash.slice(1)).get(PARAMETER);
/** Whether somebody comes with a token. */
export const isArrival = (): boolean => tokenInAddress() !== null;

/** Takes the token that somebody comes with, if they do. Nothing is left to say when they are signed in. */
export async function arrive(): Promise<Arrival | undefined> {
  const token = tokenInAddress();
  if (token === null) return undefined;
  history.replaceState(history.state, '', location.pathname + location.search);
  return signIn(token);
}

export async function signIn(token: string): Promise<Arrival | undefined> {
  try {
    const session = await sessionFor(token);
    const mine = shopper();
    if (mine !== undefined && mine !== session.shopper_id && (await isHolding())) return { what: 'holds', session };
    await become(session);
    return undefined;
  } catch (error) {
    return { what: 'failed', problem: Problem.of(error), token };
  }
}

/** Goes on by another session. What this browser has kept of somebody else is nobody's business here any more. */
export async function become(session: Session): Promise<void> {
  if (shopper() !== session.shopper_id) kept.forget();
  await use(session);
}

/** Whether this browser has a place or a reservation in any sale; also where nobody can say. */
async function isHolding(): Promise<boolean> {
  const held = await Promise.all(kept.sales().map(isHeldIn));
  return held.includes(true);
}

async function isHeldIn(event: string): Promise<boolean> {
  const wish = kept.read(event);
  if (!wish) return false;
  // On its way to the door.
  if (!wish.attemptId) return true;
  try {
    const { state } = await callAsShopper<Attempt>(`/api/v1/sales/${event}/attempts/${wish.attemptId}`);
    return HAS[state] === 'place' || HAS[state] === 'reservation';
  } catch (error) {
    return Problem.of(error).status !== 404;
  }
}
