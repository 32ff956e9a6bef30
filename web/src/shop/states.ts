/** What the states of attempts and payments mean for the page. One that is missing in a table does not compile. */
import type { Attempt, AttemptState, Payment, PaymentState, Sale, SaleStatus } from './types';

/** What a shopper has in a state: a place, stock that is kept, what was paid for, or nothing any more. */
export const HAS: Record<AttemptState, 'place' | 'reservation' | 'purchase' | 'nothing'> = {
  in_line: 'place',
  entered: 'place',
  standby: 'place',
  reserved: 'reservation',
  confirmed: 'purchase',
  sold_out: 'nothing',
  refused: 'nothing',
  expired: 'nothing',
  cancelled: 'nothing',
  standby_ended: 'nothing',
  closed: 'nothing',
};

/** Whether there is a place or units in it. */
export const isHeld = ({ state, sku }: Attempt): boolean => sku !== undefined && (HAS[state] === 'place' || HAS[state] === 'reservation');

/** What has become of a payment. Only a declined one has asked a bank for the money, and heard no. */
export const PAYMENT: Record<PaymentState, 'under_way' | 'at_bank' | 'taken' | 'declined' | 'not_made'> = {
  requested: 'under_way',
  authorising: 'under_way',
  pending: 'at_bank',
  action_needed: 'at_bank',
  confirming: 'under_way',
  capturing: 'under_way',
  captured: 'taken',
  declined: 'declined',
  voiding: 'not_made',
  voided: 'not_made',
  capture_failed: 'not_made',
};

/** Why payments are not made that say as much of their reservation: it is gone, or paid for by another. */
const RESERVATION_IS_OVER = ['expired', 'cancelled', 'unknown_reservation', 'already_paid'];
export const isReservationOver = ({ failure }: Payment): boolean => RESERVATION_IS_OVER.includes(failure ?? '');

/** Whom a sale takes, by what it is known who they are. */
const ADMITS: Record<string, string[] | undefined> = { email: ['email', 'customer'], account: ['customer'] };

/** Whether somebody must say who they are before there is anything for them to do in a sale: also before it opens. */
export const mustSignIn = ({ participation, status, items }: Pick<Sale, 'participation' | 'status' | 'items'>, identity: string): boolean =>
  ADMITS[participation]?.includes(identity) === false && !isOver(status) && !isSoldOut({ items });

/** Whether there is nothing left, and nothing to wait for. */
export const isSoldOut = ({ items }: Pick<Sale, 'items'>): boolean => items.every((item) => item.sold_out);

/** Whether nobody can begin anything in a sale any more. */
export const isOver = (status: SaleStatus): boolean => status === 'ended' || status === 'stopped';
