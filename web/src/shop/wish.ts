/**
 * What this browser has asked for in a sale, kept until the shopper starts anew. It is written before anything is
 * sent: a double click, a reload or a second tab sends the same key, and so is the same attempt.
 */
import type { Ticket } from './place';

export interface Wish extends Ticket {
  key: string;
  sku: string;
  quantity: number;
  coupon?: string;
  accessCode?: string;
  /** Once the door has let it in. */
  attemptId?: string;
  pollAfterMs?: number;
  /** Of the payment under way: written before it is sent, too. */
  payment?: { key: string; card: string };
}

const keyOf = (event: string): string => `flashline.wish.${event}`;

export function read(event: string): Wish | undefined {
  try {
    return (JSON.parse(localStorage.getItem(keyOf(event)) ?? 'null') as Wish | null) ?? undefined;
  } catch {
    return undefined;
  }
}

export function write(event: string, wish: Wish | undefined): void {
  if (wish) localStorage.setItem(keyOf(event), JSON.stringify(wish));
  else localStorage.removeItem(keyOf(event));
}

/** Calls back when another tab writes. */
export function follow(event: string, changed: () => void): () => void {
  const listen = (change: StorageEvent): void => {
    if (change.key === keyOf(event)) changed();
  };
  addEventListener('storage', listen);
  return () => removeEventListener('storage', listen);
}
