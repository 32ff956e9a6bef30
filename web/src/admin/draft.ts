/** What the form holds, as people type it, and the event it stands for. */
import { words } from '../i18n/admin';
import { isCurrency, minor, written } from './money';
import type { Cut, Discount, EventSpec, SaleEvent } from './types';

export type CutKind = 'percent_off' | 'amount_off' | 'fixed_price';

export interface CutDraft {
  kind: CutKind;
  amount: string;
}

export interface ItemDraft {
  /** Empty for a product that is still to be created. */
  sku: string;
  newSku: string;
  newName: string;
  newPicture: string;
  list: string;
  allocation: string;
  discount: 'none' | 'flat' | 'tiers';
  tiers: (CutDraft & { units: string })[];
}

export interface CouponDraft extends CutDraft {
  code: string;
  usesMax: string;
}

export interface Draft {
  name: string;
  description: string;
  currency: string;
  opens: string;
  closes: string;
  checkout: 'reservation' | 'direct_order';
  holdSeconds: string;
  perShopperMax: string;
  quantityMax: string;
  standbyMax: string;
  paymentTries: string;
  items: ItemDraft[];
  coupons: CouponDraft[];
  accessCodes: string;
}

export const emptyCut: CutDraft = { kind: 'percent_off', amount: '' };
export const emptyItem: ItemDraft = {
  sku: '', newSku: '', newName: '', newPicture: '', list: '', allocation: '', discount: 'none',
  tiers: [{ ...emptyCut, units: '' }],
};

const HOUR_MS = 3_600_000;

/** As `datetime-local` wants it: in the admin's own zone. */
function local(ms: number): string {
  return new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export function emptyDraft(): Draft {
  return {
    name: '', description: '', currency: 'EUR', opens: local(Date.now() + HOUR_MS), closes: local(Date.now() + 3 * HOUR_MS),
    checkout: 'reservation', holdSeconds: '300', perShopperMax: '2', quantityMax: '2', standbyMax: '100', paymentTries: '3',
    items: [emptyItem], coupons: [], accessCodes: '',
  };
}

/** Percent are basis points on the wire: exact to two digits. */
function cutOf({ kind, amount }: CutDraft, currency: string): Cut {
  const value = kind === 'percent_off' ? Math.round(Number(amount.replace(',', '.')) * 100) : minor(amount, currency);
  return { [kind]: value } as Cut;
}

function draftOfCut(cut: Cut, currency: string): CutDraft {
  const [kind, value] = Object.entries(cut)[0] as [CutKind, number];
  return { kind, amount: kind === 'percent_off' ? String(value / 100) : written(value, currency) };
}

function discountOf(item: ItemDraft, currency: string): Discount {
  const [first] = item.tiers;
  if (item.discount === 'flat' && first) return { flat: cutOf(first, currency) };
  if (item.discount === 'tiers') {
    return { tiers: item.tiers.map((tier) => ({ units: Number(tier.units), cut: cutOf(tier, currency) })) };
  }
  return 'none';
}

export const skuOf = (item: ItemDraft): string => item.sku || item.newSku.trim();

export function specOf(draft: Draft, scheduled: boolean): EventSpec {
  const codes = draft.accessCodes.split('\n').map((code) => code.trim()).filter(Boolean);
  return {
    name: draft.name.trim(),
    description: draft.description.trim(),
    currency: draft.currency,
    opens_at: new Date(draft.opens).toISOString(),
    closes_at: new Date(draft.closes).toISOString(),
    checkout: draft.checkout,
    hold_seconds: Number(draft.holdSeconds),
    per_shopper_max: Number(draft.perShopperMax),
    quantity_max: Number(draft.quantityMax),
    standby_max: Number(draft.standbyMax),
    payment_tries: Number(draft.paymentTries),
    scheduled,
    items: draft.items.map((item) => ({
      sku: skuOf(item),
      allocation: Number(item.allocation),
      discount: discountOf(item, draft.currency),
      ...(item.sku && item.list && { list_minor: minor(item.list, draft.currency) }),
    })),
    coupons: draft.coupons.map((coupon) => ({
      code: coupon.code.trim(),
      cut: cutOf(coupon, draft.currency),
      ...(coupon.usesMax && { uses_max: Number(coupon.usesMax) }),
    })),
    ...(codes.length > 0 && { access_codes: codes }),
  };
}

export function draftOf(event: SaleEvent): Draft {
  const { currency } = event;
  const itemOf = (item: EventSpec['items'][number]): ItemDraft => {
    const { discount } = item;
    const tiers =
      discount === 'none' ? emptyItem.tiers
      : 'flat' in discount ? [{ ...draftOfCut(discount.flat, currency), units: '' }]
      : discount.tiers.map((tier) => ({ ...draftOfCut(tier.cut, currency), units: String(tier.units) }));
    return {
      ...emptyItem,
      sku: item.sku,
      list: item.list_minor == null ? '' : written(item.list_minor, currency),
      allocation: String(item.allocation),
      discount: discount === 'none' ? 'none' : 'flat' in discount ? 'flat' : 'tiers',
      tiers,
    };
  };
  return {
    name: event.name, description: event.description, currency,
    opens: local(Date.parse(event.opens_at)), closes: local(Date.parse(event.closes_at)),
    checkout: event.checkout, holdSeconds: String(event.hold_seconds), perShopperMax: String(event.per_shopper_max),
    quantityMax: String(event.quantity_max), standbyMax: String(event.standby_max), paymentTries: String(event.payment_tries),
    items: event.items.map(itemOf),
    coupons: event.coupons.map((coupon) => ({
      ...draftOfCut(coupon.cut, currency), code: coupon.code, usesMax: coupon.uses_max == null ? '' : String(coupon.uses_max),
    })),
    accessCodes: '',
  };
}

/** What can be said before the server is asked. */
export function troubleWith(draft: Draft): string {
  if (!isCurrency(draft.currency)) return words.form.currencyWrong;
  if (!(Date.parse(draft.opens) < Date.parse(draft.closes))) return words.form.closesFirst;
  return '';
}
