/** The API token of this tab's admin: gone when the tab is closed. */
import { words } from '../i18n/admin';
import { call, Problem, type Call } from '../shared/api';

const KEY = 'flashline.admin';
let signedOut: (why: string) => void = () => {};

export const hasToken = (): boolean => sessionStorage.getItem(KEY) !== null;
export const keepToken = (token: string): void => sessionStorage.setItem(KEY, token);
export const dropToken = (): void => sessionStorage.removeItem(KEY);
export const onSignedOut = (then: (why: string) => void): void => void (signedOut = then);
export const token = (): string => sessionStorage.getItem(KEY) ?? '';

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
export const change = <T>(path: string, body: unknown = {}, method = 'POST'): Promise<T> =>
  ask<T>(path, { method, body, key: crypto.randomUUID() });

export function why(error: unknown): string {
  if (!(error instanceof Problem)) return error instanceof Error ? error.message : String(error);
  if (error.kind === 'offline') return words.problems.offline;
  if (error.kind === 'forbidden') return words.problems.forbidden(error.detail);
  return error.detail || words.problems.other;
}
