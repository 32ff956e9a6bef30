/**
 * What this browser keeps of a sale. A wish is written before anything is sent: a double click, a reload or a second tab
 * sends the same key, and so is the same attempt.
 */
import { keysOf, readObject, write as keep } from '../shared/storage';
import * as ahead from './ahead';
import type { Wish } from './rules/state';

const WISHES = 'flashline.wish.';
const PURCHASES = 'flashline.bought.';
const keyOf = (event: string): string => `${WISHES}${event}`;

export function read(event: string): Wish | undefined {
  const found = readObject<Wish>(keyOf(event));
  return found?.key && found.sku ? (found as Wish) : undefined;
}

export const write = (event: string, wish: Wish | undefined): void => keep(keyOf(event), wish && JSON.stringify(wish));

const boughtIn = (event: string): string => `${PURCHASES}${event}`;

/** Remembers that something was bought in a sale here, whatever is asked for next. */
export function noteBought(event: string): void {
  keep(boughtIn(event), '{}');
  // It has served.
  ahead.drop(event);
}
export const hasBought = (event: string): boolean => readObject<object>(boughtIn(event)) !== undefined;

/** The sales in which something was asked for. */
export const sales = (): string[] => keysOf(WISHES).map((key) => key.slice(WISHES.length));

/** Forgets all of it: it is somebody else's. */
export const forget = (): void => {
  [...keysOf(WISHES), ...keysOf(PURCHASES)].forEach((key) => keep(key, undefined));
  ahead.dropAll();
};

/** Calls back when another tab writes. */
export function follow(event: string, changed: () => void): () => void {
  const listen = (change: StorageEvent): void => {
    if (change.key === keyOf(event)) changed();
  };
  addEventListener('storage', listen);
  return () => removeEventListener('storage', listen);
}
