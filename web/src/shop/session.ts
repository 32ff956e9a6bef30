/**
 * Who this shopper is, for all tabs of the browser: a guest, or a customer of the shop. A session is renewed while it is
 * used, well before its end, and also after it: the same shopper goes on. Only when the server refuses that for good does
 * a new one begin, a guest's.
 */
import { call, Problem, type Call } from '../shared/api';
import { asking, now } from '../shared/clock';
import { isLasting, readObject, write } from '../shared/storage';
import type { Session as Answer, SessionRequest } from './types';

export type Session = Pick<Answer, 'token' | 'shopper_id' | 'customer'> & { renew_at_ms: number };

const KEY = 'flashline.session';
/** The part of a session's life after which it is renewed. */
const RENEWED_AFTER = 0.5;
let underWay: Promise<Session> | undefined;
const followers = new Set<() => void>();

function stored(): Session | undefined {
  const { token, shopper_id = '', customer, renew_at_ms = 0 } = readObject<Session>(KEY) ?? {};
  return token ? { token, shopper_id, customer, renew_at_ms } : undefined;
}

/** Who the shopper is as far as is known here. */
export const shopper = (): string | undefined => stored()?.shopper_id;
/** What the shop calls its customer; nothing, of a guest. */
export const customer = (): string | undefined => stored()?.customer;

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
  ask('/api/v1/sessions', { body: { customer_token: customerToken } satisfies SessionRequest });

/** Puts a session in use, in place of the present one. */
export const use = (session: Session): Promise<void> => inTurn(async () => void keep(session));

/** A call as this shopper. */
export async function callAsShopper<T>(path: string, options: Call = {}): Promise<T> {
  const mine = await session();
  try {
    return await call<T>(path, { ...options, token: mine.token });
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401) throw error;
    const { token } = await next(mine);
    return call<T>(path, { ...options, token });
  }
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
    return keep(await ask('/api/v1/sessions/renew', { token: old.token }));
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401) throw error;
    return begun();
  }
}

const begun = async (): Promise<Session> => keep(await ask('/api/v1/sessions'));

function keep(session: Session): Session {
  write(KEY, JSON.stringify(session));
  followers.forEach((changed) => changed());
  return session;
}

async function ask(path: string, options: Call = {}): Promise<Session> {
  const learn = asking();
  const { token, shopper_id, customer, ...answer } = await call<Answer>(path, { method: 'POST', ...options });
  learn(answer.server_time_ms);
  const lasts = answer.expires_at_ms - answer.server_time_ms;
  return { token, shopper_id, customer, renew_at_ms: answer.server_time_ms + lasts * RENEWED_AFTER };
}
