/** Sales that are paid for at the shop's own checkout: what was charged there, the shop knows alone. */
import { words } from '../i18n/shop';
import type { AttemptState, Sale } from './types';

export const isAtShop = (sale: Sale | undefined): boolean => sale?.checkout === 'handed_over';

/** What is said of an end that says more than is known here, otherwise. */
export const ENDINGS_AT_SHOP: Partial<Record<AttemptState, string>> = {
  expired: words.expiredAtShop,
  cancelled: words.cancelledAtShop,
};
