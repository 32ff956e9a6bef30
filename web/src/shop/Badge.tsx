import { words } from '../i18n/shop';
import { useNow } from './hooks';
import { isSoldOut } from './states';
import type { Sale } from './types';

/** How a sale stands, in a word. */
export function Badge({ sale }: { sale: Sale }) {
  const { status, opens_at_ms } = sale;
  const now = useNow();
  const isOpening = status === 'upcoming' && now >= opens_at_ms;
  if (status === 'active' && isSoldOut(sale)) return <span class="badge">{words.soldOut}</span>;
  return <span class={`badge ${status}`}>{isOpening ? words.opening : words.status[status]}</span>;
}
