/** What may be meant, and mostly is not: said beside the form, and hindering nothing. */
import { count } from '../amount';
import type { Draft } from '../draft';
import type { Product } from '../types';
import type { Step } from './steps';
import { cutsOf, listOf, withCut, type Reading } from './unitPrice';

/** Shorter than this, many who want to pay cannot. */
const HOLD_S_MIN = 60;
const LONG_MS = 7 * 86_400_000;
/** Less than this part of its list price: perhaps a digit too few. */
const DEEP = 0.1;

export type WarningKind =
  | 'free' | 'deep' | 'deep_coupon' | 'short_hold' | 'shorter_than_hold' | 'opens_past' | 'closed_past' | 'long' | 'limit_over_stock' | 'no_stock' | 'picture';

export interface Warning {
  kind: WarningKind;
  step: Step;
  /** Which item or coupon, from 1. */
  at?: number;
  /** The address of a picture. */
  of?: string;
}

interface Seen {
  nowMs: number;
  products: readonly Product[];
  reading: Reading;
  /** Pictures that this browser could not load. */
  missing: ReadonlySet<string>;
}

/** The picture of an item, as shoppers get it. */
export const pictureOf = (item: Draft['items'][number], products: readonly Product[]): string | undefined =>
  (item.sku ? products.find(({ sku }) => sku === item.sku)?.image_url : item.newPicture.trim()) || undefined;

export function warningsOf(draft: Draft, { nowMs, products, reading, missing }: Seen): Warning[] {
  return [...ofItems(draft, products, reading, missing), ...ofTimes(draft, nowMs), ...ofRules(draft), ...ofCoupons(draft, products, reading)];
}

function ofItems(draft: Draft, products: readonly Product[], reading: Reading, missing: ReadonlySet<string>): Warning[] {
  return draft.items.flatMap((item, index) => {
    const found: Warning[] = [];
    const at = index + 1;
    const list = listOf(item, products, reading);
    const prices = list === undefined ? [] : cutsOf(item, list, reading).map(({ unitMinor }) => unitMinor);
    if (list === 0 || prices.includes(0)) found.push({ kind: 'free', step: 'sold', at });
    else if (list !== undefined && prices.some((price) => price < list * DEEP)) found.push({ kind: 'deep', step: 'sold', at });
    if (count(item.allocation) === 0) found.push({ kind: 'no_stock', step: 'sold', at });
    const picture = pictureOf(item, products);
    if (picture && missing.has(picture)) found.push({ kind: 'picture', step: 'sold', at, of: picture });
    return found;
  });
}

function ofTimes({ opens, closes, holdSeconds }: Draft, nowMs: number): Warning[] {
  const [from, to] = [Date.parse(opens), Date.parse(closes)];
  const found: Warning[] = [];
  if (to <= nowMs) found.push({ kind: 'closed_past', step: 'start' });
  else if (from <= nowMs) found.push({ kind: 'opens_past', step: 'start' });
  if (to - from > LONG_MS) found.push({ kind: 'long', step: 'start' });
  const hold = count(holdSeconds);
  if (hold !== undefined && to > from && to - from <= hold * 1000) found.push({ kind: 'shorter_than_hold', step: 'start' });
  return found;
}

function ofRules({ holdSeconds, perShopperMax, items }: Draft): Warning[] {
  const found: Warning[] = [];
  const hold = count(holdSeconds);
  if (hold !== undefined && hold < HOLD_S_MIN) found.push({ kind: 'short_hold', step: 'rules' });
  const stock = items.reduce<number | undefined>((sum, { allocation }) => {
    const units = count(allocation);
    return sum === undefined || units === undefined ? undefined : sum + units;
  }, 0);
  const most = count(perShopperMax);
  if (most !== undefined && stock !== undefined && stock > 0 && most > stock) found.push({ kind: 'limit_over_stock', step: 'rules' });
  return found;
}

/** What a coupon makes of the cheapest unit that somebody can buy. */
function ofCoupons({ coupons, items }: Draft, products: readonly Product[], reading: Reading): Warning[] {
  return coupons.flatMap((coupon, index) => {
    const isDeep = items.some((item) => {
      const list = listOf(item, products, reading);
      if (!list) return false;
      const prices = [list, ...cutsOf(item, list, reading).map(({ unitMinor }) => unitMinor)];
      const cut = withCut(Math.min(...prices), coupon, reading);
      return cut !== undefined && cut < list * DEEP;
    });
    return isDeep ? [{ kind: 'deep_coupon' as const, step: 'buyers' as const, at: index + 1 }] : [];
  });
}
