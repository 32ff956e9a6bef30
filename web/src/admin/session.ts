/** The API token of this tab's admin: gone when the tab is closed. */
import { words } from '../i18n/admin';
import { learnDigits } from '../i18n/locale';
import { call, Problem, type Call } from '../shared/api';
import { newKey } from '../shared/key';
import type { CurrencyList, Me, Right } from './types';

const KEY = 'flashline.admin';
/** Who is signed in, once that is known. */
let me: Me | undefined;
let currenciesKnown = false;
let signedOut: (why: string) => void = () => {};

export const hasToken = (): boolean => sessionStorage.getItem(KEY) !== null;
export const keepToken = (token: string): void => sessionStorage.setItem(KEY, token);
export const dropToken = (): void => {
  sessionStorage.removeItem(KEY);
  me = undefined;
};
export const onSignedOut = (then: (why: string) => void): void => void (signedOut = then);
export const token = (): string => sessionStorage.getItem(KEY) ?? '';

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
  return me;
}

export async function ask<T>(path: string, options: Call = {}): Promise<T> {
  try {
    return await call<T>(`/api/v1/admin${path}`, { ...options, token: token() });
  } catch (error) {
    if (error instanceof Problem && error.status === 401) {
      dropToken();
      signedOut(words.tokenUnknown);
    }
    throw error;
  }
}

/** A change. Its key makes a repeated click the same request. */
export const change = <T>(path: string, body: unknown = {}): Promise<T> => ask<T>(path, { method: 'POST', body, key: newKey() });

/** Puts something in the place of a version of it that was read: refused when there is another one by now. */
export const replace = <T>(path: string, body: unknown, version: number): Promise<T> =>
  ask<T>(path, { method: 'PUT', body, ifMatch: `"${version}"` });

/** Changes some of what was read: refused when there is another version of it by now. */
export const alter = <T>(path: string, body: unknown, version: number): Promise<T> =>
  ask<T>(path, { method: 'PATCH', body, ifMatch: `"${version}"` });

export function why(error: unknown): string {
  if (!(error instanceof Problem)) return error instanceof Error ? error.message : String(error);
  if (error.kind === 'offline') return words.problems.offline;
  if (error.kind === 'forbidden') return words.problems.forbidden(error.detail);
  return error.detail || words.problems.other;
}
