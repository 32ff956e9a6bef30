/** What travels between page and ingress, under the page's names. */
import type { Told, With } from '../shared/told';

export type SaleStatus = 'upcoming' | 'active' | 'paused' | 'ended' | 'stopped';

export type Item = Told<'ItemView'>;
export type Sale = With<Told<'SaleView'>, { status: SaleStatus }>;
export type SaleList = With<Told<'SaleList'>, { sales: Sale[] }>;

export type AttemptRequest = Told<'AttemptRequest'>;
export type Accepted = Told<'Accepted'>;
/** What the door says to an attempt: that it is in line, or what the line has answered already. */
export type LetIn = Accepted | Attempt;
export type AttemptState = Told<'AttemptState'>;

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
  | 'sale_over'
  | 'shop';

export type Attempt = With<Told<'AttemptDetail'>, { reason?: Reason; payment?: Payment; order?: Order }>;
export type Price = Told<'PriceView'>;
export type PriceLine = Told<'PriceLineView'>;

export type PaymentState =
  | 'requested'
  | 'authorising'
  | 'pending'
  | 'action_needed'
  | 'confirming'
  | 'capturing'
  | 'captured'
  | 'declined'
  | 'voiding'
  | 'voided'
  | 'capture_failed';

export type PaymentRequest = Told<'PaymentRequest'>;
export type Payment = With<Told<'PaymentView'>, { state: PaymentState; action?: Action }>;
/** What a bank asks of the shopper before it holds the money. */
export type Action = Told<'Action'>;
/** Where a reservation is paid for that is handed over to the shop's own checkout. */
export type Handover = Told<'Handover'>;
/** What a sale is paid through. */
export type Gateway = Told<'GatewayView'>;

export type OrderState = 'pending' | 'paid' | 'failed' | 'cancelled' | 'refunded';
export type Order = With<Told<'OrderView'>, { state: OrderState }>;
export type Reservations = With<Told<'Reservations'>, { reservations: Attempt[] }>;
export type Orders = With<Told<'Orders'>, { orders: Order[] }>;

export type SessionRequest = Told<'SessionRequest'>;
export type Session = Told<'Session'>;
export type SocketTicket = Told<'SocketTicket'>;
