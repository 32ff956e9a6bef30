/** A sale as its page shows it before anything is sold, of what is typed so far. */
import { count } from '../amount';
import type { Draft } from '../draft';
import type { Product } from '../types';
import { cutsOf, listOf, type Reading, type TierPrice } from './unitPrice';
import { pictureOf } from './warnings';

export interface ShownItem {
  name: string;
  description: string;
  picture: string | undefined;
  /** Undefined while it is not known. */
  listMinor: number | undefined;
  /** What the next unit costs. */
  saleMinor: number | undefined;
  /** Basis points off, in whole percent; nothing under one. */
  off: number | undefined;
  /** Where it has tiers: each with its units, and at last the list price. */
  ladder: TierPrice[];
  units: number | undefined;
}

export interface Shown {
  items: ShownItem[];
  /** Units at a time. */
  quantityMax: number | undefined;
  perShopperMax: number | undefined;
}

export function shownOf(draft: Draft, products: readonly Product[], reading: Reading): Shown {
  const [perShopperMax, quantityMax] = [count(draft.perShopperMax), count(draft.quantityMax)];
  return { items: draft.items.map((item) => shownItem(item, products, reading)), perShopperMax, quantityMax };
}

function shownItem(item: Draft['items'][number], products: readonly Product[], reading: Reading): ShownItem {
  const product = products.find(({ sku }) => item.sku && sku === item.sku);
  const listMinor = listOf(item, products, reading);
  const cuts = listMinor === undefined ? [] : cutsOf(item, listMinor, reading);
  const saleMinor = cuts[0]?.unitMinor ?? listMinor;
  const off = listMinor && saleMinor !== undefined ? Math.floor(((listMinor - saleMinor) * 100) / listMinor) * 100 : 0;
  return {
    name: product?.name ?? (item.sku || item.newName.trim()),
    description: product?.description ?? '',
    picture: pictureOf(item, products),
    listMinor,
    saleMinor,
    off: off > 0 ? off : undefined,
    ladder: item.discount === 'tiers' && cuts.length > 0 && listMinor !== undefined ? [...cuts, { units: undefined, unitMinor: listMinor }] : [],
    units: count(item.allocation),
  };
}
