/** Products that somebody may mean by what they type. */
import type { Product } from '../types';

const plain = (text: string): string => text.normalize('NFKD').toLowerCase().replace(/[\u0300-\u036f]/g, '');

/** Those that have every word in their name or SKU, in the order in which they came; so many at most. */
export function found(products: readonly Product[], typed: string, most: number): Product[] {
  const wanted = plain(typed).split(/\s+/).filter(Boolean);
  return products.filter(({ name, sku }) => wanted.every((word) => plain(`${name} ${sku}`).includes(word))).slice(0, most);
}
