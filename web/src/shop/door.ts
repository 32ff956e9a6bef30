/** What the courier carries, as calls of the shopper API. */
import type { Errand } from './rules/effects';
import type { Wish } from './rules/state';
import { callAsShopper } from './session';
import type { AttemptRequest, LetIn, PaymentRequest } from './types';

/** How long the click itself may take: the answer of a short line comes with it, and of a long one the place in it. */
const WAIT_S = 1;

/** @throws {Problem} when it is refused, or not answered. */
export async function deliver(event: string, errand: Errand): Promise<LetIn | undefined> {
  const sale = `/api/v1/sales/${event}`;
  switch (errand.what) {
    case 'attempt':
      return callAsShopper(`${sale}/attempts`, { method: 'POST', key: errand.key, waitS: WAIT_S, body: wanted(errand.wish) });
    case 'payment': {
      const path = `${sale}/reservations/${errand.attemptId}/payments`;
      const body: PaymentRequest = errand.card === undefined ? {} : { card_token: errand.card };
      await callAsShopper(path, { method: 'POST', key: errand.key, body });
      return undefined;
    }
    case 'cancel':
      await callAsShopper(`${sale}/reservations/${errand.key}/cancel`, { method: 'POST' });
      return undefined;
  }
}

const wanted = ({ sku, quantity, coupon, accessCode }: Wish): AttemptRequest => ({
  sku,
  quantity,
  ...(coupon && { coupon }),
  ...(accessCode && { access_code: accessCode }),
});
