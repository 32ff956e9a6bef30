/**
 * A customer of the shop comes from there, with a token in the address: `#customer_token=…`, which no server is told. It
 * is taken out of the address at once, and exchanged for a session. Whoever holds something here as somebody else is
 * asked first: what they hold stays with the session that they hold it by. So is whoever comes
 * back from the page of their account.
 */
import { isolate } from '../i18n/locale';
import { words } from '../i18n/shop';
import { Problem } from '../shared/api';
import * as kept from './kept';
import { unsubscribe } from './notifications/browser';
import { callAsShopper, end, endAll, sessionFor, shopper, use, type Session } from './session';
import { HAS } from './states';
import type { Attempt } from './types';

const PARAMETER = 'customer_token';

/** What a person must be told, or asked, about it. */
export type Arrival =
  /** Something is held here by another session. */
  | { what: 'holds'; text: string; session: Session }
  /** With a way to try again, where that may help. */
  | { what: 'failed'; text: string; again?: () => Promise<Arrival | undefined> };

/** Where the OpenID provider sends back to. */
const isBack = (): boolean => location.pathname === '/sign-in';

const tokenInAddress = (): string | null => new URLSearchParams(location.hash.slice(1)).get(PARAMETER);
/** Whether somebody comes with a token, or back from the page of their account. */
export const isArrival = (): boolean => tokenInAddress() !== null || isBack();

/** Takes what somebody comes with, if they do. Nothing is left to say when they are signed in. */
export async function arrive(): Promise<Arrival | undefined> {
  if (isBack()) return (await import('./account/back')).comeBack();
  const token = tokenInAddress();
  if (token === null) return undefined;
  history.replaceState(history.state, '', location.pathname + location.search);
  return signIn(token);
}

async function signIn(token: string): Promise<Arrival | undefined> {
  try {
    const session = await sessionFor(token);
    if (await leavesSomething(session)) return { what: 'holds', text: words.signInHolds(isolate(session.customer ?? '')), session };
    await become(session);
    return undefined;
  } catch (error) {
    return Problem.of(error).isPassing
      ? { what: 'failed', text: words.signInLater, again: () => signIn(token) }
      : { what: 'failed', text: words.signInFailed };
  }
}

/** Whether somebody holds something here by another session than this one. */
export async function leavesSomething(session: Session): Promise<boolean> {
  const mine = shopper();
  return mine !== undefined && mine !== session.shopper_id && isHolding();
}

/** Goes on by another session. What this browser has kept of somebody else is nobody's business here any more. */
export async function become(session: Session): Promise<void> {
  if (shopper() !== session.shopper_id) kept.forget();
  await use(session);
}

/** Goes on as a new guest. What the shopper has is theirs: they find it when they sign in again, here or elsewhere. */
export async function signOut(): Promise<void> {
  void unsubscribe();
  await end();
}

/**
 * The same on all their devices.
 *
 * @throws {Problem} when the server does not say that it is so.
 */
export async function signOutEverywhere(): Promise<void> {
  await endAll();
  void unsubscribe();
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
