import { words } from '../i18n/shop';
import type { Sale } from './types';

/** How a sale stands, in a word. */
export function Badge({ sale }: { sale: Sale }) {
  const isSoldOut = sale.status === 'active' && sale.items.every((item) => item.sold_out);
  return isSoldOut ? (
    <span class="badge">{words.soldOut}</span>
  ) : (
    <span class={`badge ${sale.status}`}>{words.status[sale.status]}</span>
  );
}
