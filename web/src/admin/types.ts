/** What the admin API says: see docs/protocol.md. */
export type Status = 'draft' | 'upcoming' | 'active' | 'paused' | 'ended' | 'stopped';
export type Cut = { percent_off: number } | { amount_off: number } | { fixed_price: number };
export type Discount = 'none' | { flat: Cut } | { tiers: { units: number; cut: Cut }[] };

export interface EventSummary {
  id: string;
  name: string;
  status: Status;
  opens_at: string;
  closes_at: string;
  currency: string;
}

export interface EventSpec {
  name: string;
  description: string;
  currency: string;
  opens_at: string;
  closes_at: string;
  checkout: 'reservation' | 'direct_order';
  hold_seconds: number;
  per_shopper_max: number;
  quantity_max: number;
  standby_max: number;
  payment_tries: number;
  scheduled: boolean;
  items: { sku: string; list_minor?: number | null; allocation: number; discount: Discount }[];
  coupons: { code: string; cut: Cut; uses_max?: number | null }[];
  access_codes?: string[];
}

export interface SaleEvent extends EventSpec {
  id: string;
  version: number;
  status: Status;
  status_reason?: string;
  access_code_count: number;
}

export interface Product {
  id: string;
  sku: string;
  name: string;
  list_minor: number;
  currency: string;
}

export interface Figures {
  status: Status;
  server_time_ms: number;
  line: { messages?: number; length: number; heard_ms_ago?: number; rounds?: number; rounds_recorded?: number };
  attempts?: Record<
    'served' | 'reserved' | 'standby' | 'sold_out' | 'refused' | 'granted_from_standby' | 'expired' | 'cancelled' | 'converted',
    number
  >;
  items: {
    sku: string;
    allocation: number;
    left?: number;
    held?: number;
    sold?: number;
    standby_len?: number;
    sold_minor?: number;
  }[];
  orders?: Record<string, { count: number; total_minor: number }>;
  sold_minor?: number;
  revenue_minor?: number;
  money?: { captured_minor: number; refunded_minor: number; refunded_still_sold_minor: number };
  currency: string;
  answer_ms?: { p50: number; p95: number; p99: number };
}

export interface Order {
  order_id: string;
  number: string;
  event_id: string;
  shopper_id: string;
  sku: string;
  quantity: number;
  total_minor: number;
  currency: string;
  state: string;
  refund_state?: string | null;
  refund_failure?: string | null;
  put_back?: string | null;
  created_at: string;
}

export interface AuditEntry {
  id: string;
  at: string;
  actor: string;
  role: string;
  address?: string;
  action: string;
  subject: string;
  detail: Record<string, unknown>;
}

export interface Token {
  id: string;
  name: string;
  role: 'viewer' | 'manager' | 'owner';
  created_at: string;
  expires_at?: string | null;
  revoked_at?: string | null;
}

interface ServerHealth {
  up: boolean;
  answered_in_ms: number;
}

export interface Health {
  broker: ServerHealth;
  redis: ServerHealth;
  postgres: ServerHealth;
  services: { name: string; living: number }[];
  catalogue_loaded: boolean;
  lines: { event_id: string; name: string; status: Status; heard_ms_ago: number | null; waiting_here: number; stalled: boolean }[];
}
