/** What travels between page and ingress, under the page's names. */
import type { Told, With } from '../shared/told';

export type SaleStatus = 'upcoming' | 'active' | 'paused' | 'ended' | 'stopped';

export type Item = Told<'ItemView'>;
export type Lobby = With<Told<'LobbyView'>, { waits_for?: 'sealing' | 'beacon' }>;
export type Sale = With<Told<'SaleView'>, { status: SaleStatus; lobby?: Lobby }>;
export type SaleList = With<Told<'SaleList'>, { sales: Sale[] }>;

export type AttemptRequest = Told<'AttemptRequest'>;
export type Accepted = Told<'Accepted'>;
/** What the door says to an attempt: that it is in line, or what the line has answered already. */
export type LetIn = Accepted | Attempt;
export type AttemptState = Told<'AttemptState'>;

/** Why an attempt ended as it did. */
export type Reason =
  | 'limit_reached'
  | 'series_limit'
  | 'coupon_used_up'
  | 'code_used_up'
  | 'held_back'
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
  | 'shop'
  | 'lobby_closed'
  | 'replaced';

/** Why others are served first. */
export type HeldBack = 'unpaid' | 'address_unpaid' | 'address_share' | 'put_aside';

export type Attempt = With<Told<'AttemptDetail'>, { reason?: Reason; payment?: Payment; order?: Order; behind?: { why: HeldBack; until_ms: number } }>;
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
/** Whose check a sale asks for: what shows the provider's widget. */
export type HostedCheck = Told<'HostedCheckView'>;
/** What a sale is paid through. */
export type Gateway = Told<'GatewayView'>;

export type OrderState = 'pending' | 'paid' | 'failed' | 'cancelled' | 'refunded';
export type Order = With<Told<'OrderView'>, { state: OrderState }>;
export type Reservations = With<Told<'Reservations'>, { reservations: Attempt[] }>;
/** An order in a list, and as its receipt shows it. */
export type OwnOrder = With<Told<'OwnOrder'>, { state: OrderState }>;
export type OwnRefund = With<Told<'OwnRefund'>, { state: RefundState }>;
export type RefundState = 'requested' | 'pending' | 'refunded' | 'failed' | 'needs_attention';
export type Receipt = With<Told<'OrderReceipt'>, { state: OrderState; refunds: OwnRefund[] }>;
export type Orders = With<Told<'Orders'>, { orders: OwnOrder[] }>;

/** What a sale asks for before it is paid for, and what is known of who buys. */
export type BuyerFields = Told<'BuyerFields'>;
export type BuyerDetails = Told<'BuyerDetails'>;
export type Buyer = Told<'BuyerView'>;

/** How a shopper asks for a code by e-mail, what is said to that, and how they confirm the address. */
export type CodeRequest = Told<'CodeRequest'>;
export type CodeAnswer = Told<'CodeAnswer'>;
export type Confirmation = Told<'Confirmation'>;
/** How a shopper begins to sign in with an account, where that leads, and how they end it. */
export type AccountRequest = Told<'AccountRequest'>;
export type AccountAnswer = Told<'AccountAnswer'>;
export type AccountConfirmation = Told<'AccountConfirmation'>;
export type SessionRequest = Told<'SessionRequest'>;
export type RenewalRequest = Told<'RenewalRequest'>;
export type Session = Told<'Session'>;
/** By what a shopper can be told while the page is closed, and what they ask for. */
export type NotificationView = Told<'NotificationView'>;
export type MailWish = Told<'MailWish'>;
export type PushWish = Told<'PushWish'>;
export type SocketTicket = Told<'SocketTicket'>;
