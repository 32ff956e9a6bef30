/** What the notifier says over the socket: see docs/protocol.md. What it shares with the ingress has the same shape. */
import type { Attempt, Item, Order, Payment, PriceLine, Sale } from './types';

export interface ItemProgress extends Pick<Item, 'sku' | 'left' | 'held' | 'sold' | 'standby_len'> {
  /** The number of the place on standby to be served next; absent when nobody waits. */
  standby_head?: number;
  /** What the next unit costs, without a coupon. */
  unit_minor: PriceLine['unit_minor'];
  tier?: PriceLine['tier'];
}

export interface Progress extends Pick<Sale, 'event_id' | 'status' | 'status_reason'> {
  type: 'progress';
  at_ms: number;
  served: number;
  pace_per_s: number;
  items: ItemProgress[];
  stalled: boolean;
}

export interface OrderNews extends Pick<Payment, 'payment_id' | 'attempt_id' | 'tries_left'> {
  type: 'order';
  event_id: Sale['event_id'];
  state: 'action_needed' | 'paid' | 'declined' | 'voided' | 'refunded' | 'refund_failed';
  order_number?: Order['number'];
  total_minor?: Order['total_minor'];
}

export type Said =
  | { type: 'welcome'; shopper_id: string; server_time_ms: number; heartbeat_ms: number }
  | ({ type: 'attempt' } & Omit<Attempt, 'payment' | 'order'>)
  | OrderNews
  | Progress
  | { type: 'pong'; server_time_ms: number }
  | { type: 'problem'; kind: string; detail: string }
  | { type: 'bye'; reconnect_after_ms: number };
