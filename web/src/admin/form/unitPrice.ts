/** What units cost, as the line computes it: in minor units, of what is typed so far. */
import { amount, basisPoints, count } from '../amount';
import type { CutDraft, ItemDraft } from '../draft';
import type { Product } from '../types';

const WHOLE = 10_000;

/** How amounts of a currency are read here. */
export interface Reading {
  digits: number;
  separator: string;
}

/** A unit's price with a cut; nothing while it is not certain what is meant. */
export function withCut(unitMinor: number, { kind, amount: text }: CutDraft, { digits, separator }: Reading): number | undefined {
  if (kind === 'percent_off') {
    const points = basisPoints(text, separator);
    return points === undefined ? undefined : Math.floor((unitMinor * (WHOLE - points) + WHOLE / 2) / WHOLE);
  }
  const minor = amount(text, digits, separator);
  if (minor === undefined) return undefined;
  return kind === 'amount_off' ? Math.max(0, unitMinor - minor) : Math.min(minor, unitMinor);
}

/** What a unit of an item costs without the sale: its own price in the sale, or its product's. */
export function listOf(item: ItemDraft, products: readonly Product[], { digits, separator }: Reading): number | undefined {
  if (item.list.trim()) return amount(item.list, digits, separator);
  return item.sku ? products.find(({ sku }) => sku === item.sku)?.list_minor : undefined;
}

export interface TierPrice {
  /** Of this tier; nothing where it is for all units. */
  units: number | undefined;
  unitMinor: number;
}

/** The prices that a discount makes, in order; of tiers, without the list price after the last. Only what is certain. */
export function cutsOf(item: ItemDraft, listMinor: number, reading: Reading): TierPrice[] {
  if (item.discount === 'none') return [];
  const tiers = item.discount === 'flat' ? item.tiers.slice(0, 1) : item.tiers;
  const prices: TierPrice[] = [];
  for (const tier of tiers) {
    const unitMinor = withCut(listMinor, tier, reading);
    const units = item.discount === 'flat' ? undefined : count(tier.units);
    if (unitMinor === undefined || (item.discount === 'tiers' && units === undefined)) continue;
    prices.push({ units, unitMinor });
  }
  return prices;
}
