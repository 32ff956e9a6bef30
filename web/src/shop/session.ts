/**
 * Who this shopper is, for all tabs of the browser: a guest, somebody who has confirmed an e-mail address, or a customer of the
 * shop. A session is renewed while it is used, well before its end, and also after it: the same shopper goes on. Only when the
 * server refuses that for good does a new one begin, a guest's.
 */
import { call, Problem, type Call } from '../shared/api';
import { asking, now } from '../shared/clock';
import { isLasting, readObject, write } from '../shared/storage';
import * as kept from './kept';
import * as left from './left';
import { eventHere } from './router';
import type { RenewalRequest, Session as Answer, SessionRequest } from './types';

export interface Session extends Pick<Answer, 'token' | 'shopper_id' | 'customer'> {
  /** It shows the work that sales may ask guests for, or more. */
  isProven?: boolean;
  /** It shows that its guest has passed the hosted check that sales may ask for. */
  isChecked?: boolean;
  /** By what it is known who the shopper is. Of a session from before that was said, it shows. */
  identity?: string;
  /** The address that was confirmed here, masked: to show, and kept nowhere else. */
  email?: string;
  /** Whether it began here with an account: what the provider calls that is no name to show. */
  account?: boolean;
  renew_at_ms: number;
}

const KEY = 'flashline.session';
/** The part of a session's life after which it is renewed. */
const RENEWED_AFTER = 0.5;
let underWay: Promise<Session> | undefined;
const followers = new Set<() => void>();

function stored(): Session | undefined {
  const { token, shopper_id = '', customer, identity, isProven = false, isChecked = false, renew_at_ms = 0, ...shown } = readObject<Session>(KEY) ?? {};
  return token ? { token, shopper_id, customer, ...(identity && { identity }), ...shownOf(shown), isProven, isChecked, renew_at_ms } : undefined;
}

/** What is known here alone, and outlives a renewal. */
const shownOf = ({ email, account }: Pick<Session, 'email' | 'account'>) => ({ ...(email && { email }), ...(account && { account }) });

/** Who the shopper is as far as is known here. */
export const shopper = (): string | undefined => stored()?.shopper_id;
/** What the shop calls its customer; nothing, of a guest. */
export const customer = (): string | undefined => stored()?.customer;

/** By what it is known who the shopper is. */
export const identity = (): string => identityOf(stored() ?? {});
const identityOf = ({ customer, identity = customer === undefined ? 'guest' : 'customer' }: Partial<Session>): string => identity;
/** Whether nothing is known of the shopper but their session. */
export const isGuest = (): boolean => identity() === 'guest';
/** The address that the shopper has confirmed here, masked. */
export const email = (): string | undefined => stored()?.email;
/** Whether they have signed in here with their account. */
export const isAccount = (): boolean => stored()?.account === true;

/** Whether the shopper has passed the hosted check. */
export const isChecked = (): boolean => stored()?.isChecked === true;

/** Calls back when somebody else may be the shopper here, also by another tab. */
export function follow(changed: () => void): () => void {
  const listen = ({ key }: StorageEvent): void => (key === KEY ? changed() : undefined);
  addEventListener('storage', listen);
  followers.add(changed);
  return () => {
    removeEventListener('storage', listen);
    followers.delete(changed);
  };
}

/** A session for whom the shop's token names. It is not this browser's before it is put in use. */
export const sessionFor = (customerToken: string): Promise<Session> =>
  sessionAt('/api/v1/sessions', { body: { customer_token: customerToken } satisfies SessionRequest });

/** Puts a session in use, in place of the present one. */
export const use = (session: Session): Promise<void> => inTurn(async () => void keep(session));

/** So long the server may take to end a session before the page lets go of it; it is asked again until it has. */
const END_WITHIN_MS = 4_000;

/** Ends the session, here and at the server. The next call begins a guest's. */
export async function end(): Promise<void> {
  const mine = stored();
  if (mine) await Promise.race([left.end(mine.token), new Promise((go) => setTimeout(go, END_WITHIN_MS))]);
  await forget(mine);
}

/**
 * Ends all sessions of this shopper, on every device.
 *
 * @throws {Problem} when the server does not say that they are ended. Then this one goes on, as far as is known.
 */
export async function endAll(): Promise<void> {
  const mine = stored();
  await callAsShopper('/api/v1/sessions', { method: 'DELETE' });
  await forget(mine);
}

/** Forgets who the shopper was, unless somebody else has come. What is kept of them here is nobody's business any more. */
const forget = (mine: Session | undefined): Promise<void> =>
  inTurn(async () => {
    if (stored()?.shopper_id !== mine?.shopper_id) return;
    kept.forget();
    keepText(undefined);
  });

/** Goes on with the end of sessions that were left here before. */
export async function goOnLeaving(): Promise<void> {
  const mine = stored();
  if (mine && left.has(mine.token)) await forget(mine);
  left.goOn();
}

/** A call as this shopper. */
export async function callAsShopper<T>(path: string, options: Call = {}): Promise<T> {
  const mine = await session();
  try {
    return await call<T>(path, { ...options, token: mine.token });
  } catch (error) {
    if (!(error instanceof Problem) || (error.status !== 401 && !isProofNeeded(error))) throw error;
    const { token, shopper_id } = await (error.status === 401 ? next(mine) : proven());
    // What somebody did who was signed in is not done again as a guest.
    if (shopper_id !== mine.shopper_id && identityOf(mine) !== 'guest') throw error;
    return call<T>(path, { ...options, token });
  }
}

/** Shows the work that a sale asks every guest for, before they click. Whether it worked shows in the next call. */
export async function proveAhead(): Promise<void> {
  const { isProven } = (await session().catch(() => undefined)) ?? {};
  if (!isProven && isGuest()) await proven().catch(() => undefined);
}

/** Whether this browser is at work to show that it is one. */
export const isProving = (): boolean => proving > 0;
let proving = 0;

const isOf = (kind: string) => (error: unknown): boolean => error instanceof Problem && error.kind === kind;
const isProofNeeded = isOf('proof_needed');
const isCheckNeeded = isOf('hosted_check_needed');

/** A proof of work, for the present session or for somebody new. */
async function proof(token?: string): Promise<string> {
  const count = (more: 1 | -1): void => {
    proving += more;
    followers.forEach((changed) => changed());
  };
  count(1);
  try {
    const { solve } = await import('./proof/solve');
    return await solve(token);
  } finally {
    count(-1);
  }
}

/** The same shopper, who has shown work. Others may go on with the session meanwhile: to sign in, or out. */
const proven = (): Promise<Session> => (showing ??= shownWork().finally(() => (showing = undefined)));
let showing: Promise<Session> | undefined;

async function shownWork(): Promise<Session> {
  const mine = await session();
  if (mine.isProven || !isGuest()) return mine;
  const body: RenewalRequest = { proof: await proof(mine.token) };
  return inTurn(async () => {
    const present = stored() ?? mine;
    if (present.shopper_id !== mine.shopper_id || present.isProven) return present;
    return keep(await sessionAt('/api/v1/sessions/renew', { token: present.token, body }));
  });
}

/**
 * Shows that the shopper has passed the hosted check: they are the same shopper afterwards.
 *
 * @throws {Problem} when its provider does not confirm that, or cannot.
 */
export async function pass(token: string): Promise<void> {
  const mine = await session();
  const body: RenewalRequest = { hosted_check: token };
  await inTurn(async () => {
    const present = stored() ?? mine;
    if (isGuest() && !present.isChecked) keep(await sessionAt('/api/v1/sessions/renew', { token: present.token, body }));
  });
}

/** Renews the session when it is time to. Whether it worked shows in the next call. */
export async function keepSession(): Promise<void> {
  await session().catch(() => undefined);
}

async function session(): Promise<Session> {
  const mine = stored();
  if (mine && now() < mine.renew_at_ms) return mine;
  if (!mine) return next(undefined);
  // Time to renew, and not more: for as long as the server takes it, the present one will do.
  return next(mine).catch(() => mine);
}

/** The session after this one. Tabs that ask together must not become two shoppers. */
function next(old: Session | undefined): Promise<Session> {
  const turn = async (): Promise<Session> => {
    const meanwhile = stored();
    if (meanwhile && meanwhile.token !== old?.token) return meanwhile;
    return old ? renewed(old) : begun();
  };
  underWay ??= inTurn(turn).finally(() => (underWay = undefined));
  return underWay;
}

/** One tab after the other. Where storage is blocked, locks are too, and no other tab knows this session. */
const inTurn = async <T>(turn: () => Promise<T>): Promise<T> =>
  'locks' in navigator && isLasting() ? navigator.locks.request(KEY, turn) : turn();

async function renewed(old: Session): Promise<Session> {
  try {
    const renewed = await sessionAt('/api/v1/sessions/renew', { token: old.token });
    return keep({ ...renewed, ...shownOf(old) });
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401) throw error;
    // Somebody has signed out, on this device or another.
    if (error.kind === 'session_ended') kept.forget();
    return begun();
  }
}

async function begun(): Promise<Session> {
  const begin = (body: SessionRequest): Promise<Session> => sessionAt('/api/v1/sessions', { body });
  const event = eventHere();
  try {
    return keep(await begin(event ? { event_id: event } : {}));
  } catch (error) {
    // The page asks for that: whoever has not passed it yet can look on.
    if (isCheckNeeded(error)) return keep(await begin({}));
    if (!isProofNeeded(error)) throw error;
    return keep(await begin({ proof: await proof() }));
  }
}

function keep(session: Session): Session {
  keepText(JSON.stringify(session));
  return session;
}

function keepText(text: string | undefined): void {
  write(KEY, text);
  followers.forEach((changed) => changed());
}

/**
 * A session from a call that gives one. It is not this browser's before it is put in use.
 *
 * @throws {Problem} when there is none.
 */
export async function sessionAt(path: string, options: Call = {}): Promise<Session> {
  const learn = asking();
  const { token, shopper_id, customer, identity, is_proven, is_checked, ...answer } = await call<Answer>(path, { method: 'POST', ...options });
  learn(answer.server_time_ms);
  const lasts = answer.expires_at_ms - answer.server_time_ms;
  return { token, shopper_id, customer, identity, isProven: is_proven, isChecked: is_checked, renew_at_ms: answer.server_time_ms + lasts * RENEWED_AFTER };
}
