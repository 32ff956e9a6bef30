/** What somebody in line may hope for, from what is left and from who is before them. */
import type { Item, Sale } from '../types';

export type Odds =
  /** Enough even if everybody before takes as many as they may. */
  | 'likely'
  /** Enough if they take few. */
  | 'open'
  /** Too few even if everybody before takes one only. */
  | 'standby'
  /** And too many for standby, too. */
  | 'none';

type Asked = Pick<Sale, 'quantity_max' | 'per_shopper_max' | 'standby_max'> & { items: readonly unknown[] };

/**
 * Nothing where nobody can say: whoever is before may want another item. Those on standby for the item are before as well. Some
 * before may be refused, and what is reserved may come back: so none of it is certain.
 */
export function oddsOf(
  { quantity_max, per_shopper_max, standby_max, items }: Asked,
  { left, standby_len }: Pick<Item, 'left' | 'standby_len'>,
  before: number,
  quantity: number,
): Odds | undefined {
  const others = before + standby_len;
  if (others * mostEach({ quantity_max, per_shopper_max }) + quantity <= left) return 'likely';
  if (items.length > 1) return undefined;
  if (others + quantity <= left) return 'open';
  return others - left >= standby_max ? 'none' : 'standby';
}

/** Units that one attempt may be for. */
export const mostEach = ({ quantity_max, per_shopper_max }: Pick<Sale, 'quantity_max' | 'per_shopper_max'>): number =>
  Math.max(1, Math.min(quantity_max, per_shopper_max));
