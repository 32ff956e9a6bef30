/** What the states of attempts and payments mean for the page. One that is missing in a table does not compile. */
import type { AttemptState, PaymentState, SaleStatus } from './types';

/** What a shopper has in a state: a place, stock that is kept, what was paid for, or nothing any more. */
export const HAS: Record<AttemptState, 'place' | 'reservation' | 'purchase' | 'nothing'> = {
  in_line: 'place',
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

/** What has become of a payment. */
export const PAYMENT: Record<PaymentState, 'under_way' | 'at_bank' | 'taken' | 'failed'> = {
  requested: 'under_way',
  authorising: 'under_way',
  pending: 'at_bank',
  action_needed: 'at_bank',
  confirming: 'under_way',
  capturing: 'under_way',
  captured: 'taken',
  declined: 'failed',
  voiding: 'failed',
  voided: 'failed',
  capture_failed: 'failed',
};

/** Whether nobody can begin anything in a sale any more. */
export const isOver = (status: SaleStatus): boolean => status === 'ended' || status === 'stopped';
