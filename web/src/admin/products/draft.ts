/** What is typed of a product, and what that changes of it. */
import { digits, separator } from '../../i18n/locale';
import { amount, written } from '../amount';
import type { Product } from '../types';

export interface Draft {
  sku: string;
  name: string;
  description: string;
  picture: string;
  list: string;
  currency: string;
}

export const draftOf = (product: Product | undefined): Draft => ({
  sku: product?.sku ?? '',
  name: product?.name ?? '',
  description: product?.description ?? '',
  picture: product?.image_url ?? '',
  list: product ? written(product.list_minor, digits(product.currency), separator) : '',
  currency: product?.currency ?? 'EUR',
});

const said = ({ name, description, picture, list, currency }: Draft) => ({
  name: name.trim(),
  description: description.trim(),
  image_url: picture.trim() || null,
  list_minor: amount(list, digits(currency), separator),
});

/** A new product, as the API takes it. */
export const specOf = (draft: Draft) => ({ ...said(draft), sku: draft.sku.trim(), currency: draft.currency.trim() });

/** What of a product is another now. What somebody else changes of the rest stays as they want it. */
export function changesOf(draft: Draft, product: Product): Record<string, unknown> {
  const before: Record<string, unknown> = { ...said(draftOf(product)) };
  return Object.fromEntries(Object.entries(said(draft)).filter(([field, value]) => before[field] !== value));
}
