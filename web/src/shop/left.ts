/**
 * Sessions that somebody has left in this browser, and that the server is to end. Their tokens are kept until it has, through
 * reloads, in all tabs: what is not ended there is not said to be.
 */
import { call, Problem } from '../shared/api';
import { readObject, write } from '../shared/storage';
import { within } from './jitter';
import { pauseAfter } from './rules/pause';

const KEY = 'flashline.left';
/** With more, the oldest is forgotten: it ends by itself. */
const TOKENS_MAX = 8;
const followers = new Set<() => void>();
let timer: ReturnType<typeof setTimeout> | undefined;
let tries = 0;

function tokens(): string[] {
  const { tokens } = readObject<{ tokens: unknown[] }>(KEY) ?? {};
  return Array.isArray(tokens) ? tokens.filter((token) => typeof token === 'string') : [];
}

function keep(tokens: string[]): void {
  write(KEY, tokens.length ? JSON.stringify({ tokens: tokens.slice(-TOKENS_MAX) }) : undefined);
  followers.forEach((changed) => changed());
}

/** Whether the server has still to end any of them. */
export const isAny = (): boolean => tokens().length > 0;
/** Whether a session was left that is still kept: its page was closed before it could be forgotten. */
export const has = (token: string): boolean => tokens().includes(token);

/** Calls back when there is another, or one fewer, also by another tab. */
export function follow(changed: () => void): () => void {
  const listen = ({ key }: StorageEvent): void => (key === KEY ? changed() : undefined);
  addEventListener('storage', listen);
  followers.add(changed);
  return () => {
    removeEventListener('storage', listen);
    followers.delete(changed);
  };
}

/** Has a session ended at the server, as soon as that can be reached. Returns when it was tried once. */
export async function end(token: string): Promise<void> {
  keep([...tokens().filter((known) => known !== token), token]);
  await endAll();
}

/** Goes on with those that were left before, and whenever the browser is on line again. */
export function goOn(): void {
  addEventListener('online', () => void endAll());
  void endAll();
}

async function endAll(): Promise<void> {
  clearTimeout(timer);
  for (const token of tokens()) {
    if (await hasEnded(token)) keep(tokens().filter((known) => known !== token));
  }
  tries = isAny() ? tries + 1 : 0;
  if (isAny()) timer = setTimeout(() => void endAll(), within(pauseAfter(tries)));
}

async function hasEnded(token: string): Promise<boolean> {
  try {
    await call('/api/v1/sessions/current', { method: 'DELETE', token });
    return true;
  } catch (error) {
    // No door takes it any more.
    return error instanceof Problem && error.status === 401;
  }
}
