import type { Sale } from './types';

/** What an item is called in a sale. */
export const nameOf = ({ items }: Sale, sku: string): string => items.find((item) => item.sku === sku)?.name ?? sku;
