/** The session of an organiser: a cookie that the browser sends along, and this page cannot read. */
import { words } from '../i18n/admin';
import { learnDigits, roughly } from '../i18n/locale';
import { words as people } from '../i18n/people';
import { call, Problem, type Call } from '../shared/api';
import { newKey } from '../shared/key';
import { belongTo } from './kept';
import { cameIn, isOver, wentOut } from './presence';
import type { CurrencyList, Joined, JoinView, Me, Right } from './types';

/** Who is signed in, once that is known. */
let me: Me | undefined;
let currenciesKnown = false;
let denied: () => void = () => {};
let signedOut: (why: string) => void = () => {};

/** Gives an API token for a session, and keeps nothing of it. */
export async function signIn(token: string): Promise<void> {
  await call<Me>('/api/v1/admin/session', { method: 'POST', token });
  cameIn();
}

/** The same by what a person knows and has. */
export async function signInAs(email: string, password: string, code: string): Promise<void> {
  await call<Me>('/api/v1/admin/sign-in', { method: 'POST', body: { email, password, code } }).catch((error: unknown) => {
    throw error instanceof Problem && error.kind === 'too_many_guesses' ? new Error(tooMany(error)) : error;
  });
  cameIn();
}

/** Whom the link of an invitation is for. */
export const lookAtLink = (token: string): Promise<JoinView> => call('/api/v1/admin/join/look', { method: 'POST', body: { token } });

/** Joins by a link; the session that begins with it is this browser's, from now on and not only when somebody goes on. */
export async function join(token: string, password: string, code: string): Promise<Joined> {
  const joined = await call<Joined>('/api/v1/admin/join', { method: 'POST', body: { token, password, code } });
  cameIn();
  return joined;
}

/** Who is signed in while somebody looks at a link; nobody, where a session is over. */
export const signedInHere = (): Promise<Me | undefined> => call<Me>('/api/v1/admin/me').catch(() => undefined);

/** How long nobody signs in from here, by what the server says of it. */
export const tooMany = ({ retryAfterMs }: Problem): string =>
  retryAfterMs === undefined ? people.tooMany : people.tooManyFor(roughly(retryAfterMs));

/** Ends the session at the server: until that has heard of it, nobody is signed out. */
export async function signOut(): Promise<void> {
  await ask('/session', { method: 'DELETE' });
  wentOut();
}

export const forgetWho = (): void => void (me = undefined);
/** When somebody may not do what this page offered them: what they may is another thing by now. */
export const onDenied = (then: () => void): void => void (denied = then);
export const onSignedOut = (then: (why: string) => void): void => void (signedOut = then);

/** Whether it is a person, and no API token, who is signed in. */
export const isPerson = (): boolean => me?.person !== undefined && me.person !== null;

/** Whether whoever is signed in has a right: what they may not do is not offered. */
export const may = (right: Right): boolean => me?.rights.includes(right) ?? false;

/** Learns what every view needs: who is asking, and once, which currencies there are. */
export async function learnWho(): Promise<Me> {
  if (!currenciesKnown) {
    const { currencies } = await ask<CurrencyList>('/currencies');
    for (const { code, digits } of currencies) learnDigits(code, digits);
    currenciesKnown = true;
  }
  me = await ask<Me>('/me');
  belongTo(me.name);
  return me;
}

export async function ask<T>(path: string, options: Call = {}): Promise<T> {
  try {
    return await call<T>(`/api/v1/admin${path}`, options);
  } catch (error) {
    if (error instanceof Problem && error.status === 401) {
      isOver();
      signedOut(words.sessionOver);
    }
    if (error instanceof Problem && error.kind === 'forbidden' && path !== '/me') denied();
    throw error;
  }
}

/** A change; of one version, if it says so. Its key makes a repeated click the same request. */
export const change = <T>(path: string, body: unknown = {}, version?: number): Promise<T> =>
  ask<T>(path, { method: 'POST', body, key: newKey(), ...(version !== undefined && { ifMatch: `"${version}"` }) });

/** Puts something in the place of a version of it that was read: refused when there is another one by now. */
export const replace = <T>(path: string, body: unknown, version: number): Promise<T> =>
  ask<T>(path, { method: 'PUT', body, ifMatch: `"${version}"` });

/** Says how something is, whatever it was. */
export const put = <T>(path: string, body: unknown): Promise<T> => ask<T>(path, { method: 'PUT', body });

/** Removes a version of something that was read. */
export const remove = (path: string, version: number): Promise<unknown> => ask(path, { method: 'DELETE', ifMatch: `"${version}"` });

/** Changes some of what was read: refused when there is another version of it by now. */
export const alter = <T>(path: string, body: unknown, version: number): Promise<T> =>
  ask<T>(path, { method: 'PATCH', body, ifMatch: `"${version}"` });
