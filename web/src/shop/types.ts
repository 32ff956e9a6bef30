/** What travels between page and services: see docs/protocol.md. */

export type SaleStatus = 'upcoming' | 'active' | 'paused' | 'ended' | 'stopped';

export interface Item {
  sku: string;
  name: string;
  description: string;
  image_url?: string;
  list_minor: number;
  sale_minor: number;
  tier?: number | undefined;
  allocated: number;
  left: number;
  held: number;
  sold: number;
  standby_len: number;
  sold_out: boolean;
}

export interface Sale {
  event_id: string;
  name: string;
  description: string;
  status: SaleStatus;
  status_reason?: string | undefined;
  server_time_ms: number;
  opens_at_ms: number;
  closes_at_ms: number;
  currency: string;
  /** Of the minor unit, after the point. */
  currency_digits: number;
  checkout: 'reservation' | 'direct_order';
  hold_ms: number;
  per_shopper_max: number;
  quantity_max: number;
  standby_max: number;
  access_code_needed: boolean;
  served?: number;
  items: Item[];
}

export type AttemptState =
  | 'in_line'
  | 'reserved'
  | 'standby'
  | 'sold_out'
  | 'refused'
  | 'expired'
  | 'cancelled'
  | 'confirmed'
  | 'standby_ended'
  | 'closed';

/** Why an attempt ended as it did. */
export type Reason =
  | 'limit_reached'
  | 'coupon_used_up'
  | 'key_reused'
  | 'invalid'
  | 'not_started'
  | 'sale_ended'
  | 'sale_stopped'
  | 'sold_out'
  | 'shopper'
  | 'payment_failed'
  | 'capture_failed'
  | 'refunded'
  | 'sale_over';

export type PaymentState =
  | 'requested'
  | 'authorising'
  | 'authorised'
  | 'confirming'
  | 'capturing'
  | 'captured'
  | 'declined'
  | 'voiding'
  | 'voided'
  | 'capture_failed';

export interface Payment {
  payment_id: string;
  state: PaymentState;
  failure?: string;
  tries_left?: number;
}

export interface PriceLine {
  units: number;
  unit_minor: number;
  tier?: number;
}

export interface Price {
  currency: string;
  total_minor: number;
  /** In the order in which the units were given out. */
  lines: PriceLine[];
  coupon?: string;
}

export type OrderState = 'pending' | 'paid' | 'failed' | 'cancelled' | 'refunded';

export interface Order {
  number: string;
  event_id: string;
  sku: string;
  quantity: number;
  state: OrderState;
  total_minor: number;
  currency: string;
}

export interface Attempt {
  attempt_id: string;
  event_id: string;
  state: AttemptState;
  answer?: AttemptState;
  reason?: Reason;
  sku?: string;
  quantity?: number;
  price?: Price;
  deadline_ms?: number;
  standby?: { number: number; place: number };
  payment?: Payment;
  order?: Order;
}

export interface Accepted {
  attempt_id: string;
  ahead?: number;
  served?: number;
  server_time_ms: number;
  poll_after_ms: number;
}

export interface Progress {
  type: 'progress';
  event_id: string;
  at_ms: number;
  status: SaleStatus;
  status_reason?: string;
  served: number;
  pace_per_s: number;
  items: ItemProgress[];
  stalled: boolean;
}

export interface ItemProgress {
  sku: string;
  left: number;
  held: number;
  sold: number;
  standby_len: number;
  /** The number of the place on standby to be served next; absent when nobody waits. */
  standby_head?: number;
  /** What the next unit costs, without a coupon. */
  unit_minor: number;
  tier?: number;
}

export interface OrderNews {
  type: 'order';
  event_id: string;
  attempt_id: string;
  payment_id: string;
  state: 'paid' | 'declined' | 'voided' | 'refunded';
  order_number?: string;
  total_minor?: number;
  tries_left?: number;
}

export type Said =
  | { type: 'welcome'; shopper_id: string; server_time_ms: number; heartbeat_ms: number }
  | ({ type: 'attempt' } & Attempt)
  | OrderNews
  | Progress
  | { type: 'pong'; server_time_ms: number }
  | { type: 'problem'; kind: string; detail: string }
  | { type: 'bye'; reconnect_after_ms: number };
