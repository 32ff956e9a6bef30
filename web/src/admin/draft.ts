/** What the form holds, as people type it, and the event it stands for. */
import { words } from '../i18n/admin';
import { words as desk } from '../i18n/desk';
import { digits, isCurrency, separator } from '../i18n/locale';
import { amount, basisPoints, count, written } from './amount';
import type { Refused } from './refused';
import { browserZone, isZone, zoneIn } from './zone';
import type { BuyerFields, Cut, Discount, EventSpec, Gateway, SaleEvent } from './types';

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

/** When the lobby may be entered: instants, as above. */
export interface LobbyDraft {
  opens: string;
  closes: string;
  /** Whether a randomness beacon takes part. */
  beacon: boolean;
}

/** The limits on hoarding. */
export interface HoardingDraft {
  unpaidMax: string;
  addressUnpaidMax: string;
  restSeconds: string;
  addressPercent: string;
}

export interface Draft {
  name: string;
  description: string;
  currency: string;
  /** The IANA name of the time zone in which its times are meant. */
  zone: string;
  /** Instants, as the API has them: what nobody touches goes back as it came. Empty while there is none. */
  opens: string;
  closes: string;
  /** Of a sale that starts by draw. */
  lobby: LobbyDraft | undefined;
  checkout: 'reservation' | 'direct_order' | 'handed_over';
  /** Only for what is handed over. */
  checkoutUrl: string;
  /** Empty until it is chosen: the form shows the first that there is. */
  gateway: Gateway | '';
  holdSeconds: string;
  /** Empty: as long as for others. */
  standbyHoldSeconds: string;
  graceSeconds: string;
  perShopperMax: string;
  quantityMax: string;
  standbyMax: string;
  paymentTries: string;
  items: ItemDraft[];
  coupons: CouponDraft[];
  accessCodes: string;
  buyerFields: BuyerFields;
  participation: EventSpec['participation'];
  /** Where units are kept from being hoarded. */
  hoarding: HoardingDraft | undefined;
  machineCheck: NonNullable<EventSpec['machine_check']>;
  /** Empty: it belongs to none. */
  series: string;
}

export const askNothing: BuyerFields = { name: 'off', email: 'off', phone: 'off', address: 'off', questions: [] };
export const emptyCut: CutDraft = { kind: 'percent_off', amount: '' };
export const emptyItem: ItemDraft = {
  sku: '', newSku: '', newName: '', newPicture: '', list: '', allocation: '', discount: 'none',
  tiers: [{ ...emptyCut, units: '' }],
};

/** An item of which nothing is said yet. */
export const isBlank = (item: ItemDraft): boolean =>
  ![item.sku, item.newName, item.newPicture, item.list, item.allocation].some((text) => text.trim()) && item.discount === 'none';

/** As a draft is saved: without the items of which nothing is said yet. */
export const withoutBlanks = (draft: Draft): Draft => (draft.items.some(isBlank) ? { ...draft, items: draft.items.filter((item) => !isBlank(item)) } : draft);

const HOUR_MS = 3_600_000;

/** A full minute, as people would choose it. */
const minuteOf = (ms: number): string => new Date(Math.ceil(ms / 60_000) * 60_000).toISOString();

export function emptyDraft(): Draft {
  return {
    name: '', description: '', currency: 'EUR', zone: browserZone, opens: minuteOf(Date.now() + HOUR_MS), closes: minuteOf(Date.now() + 3 * HOUR_MS),
    lobby: undefined, checkout: 'reservation', checkoutUrl: '', gateway: '', holdSeconds: '300', standbyHoldSeconds: '', graceSeconds: '300', perShopperMax: '2', quantityMax: '2', standbyMax: '100', paymentTries: '3',
    items: [emptyItem], coupons: [], accessCodes: '', buyerFields: askNothing, participation: 'anyone', hoarding: undefined, machineCheck: 'off', series: '',
  };
}

/** A lobby as people would choose it: for the hour before, and closed a minute before the sale opens. */
export function lobbyBefore(opens: string): LobbyDraft {
  const at = (beforeMs: number): string => (opens ? new Date(Date.parse(opens) - beforeMs).toISOString() : '');
  return { opens: at(HOUR_MS), closes: at(60_000), beacon: false };
}

/** What a field holds: the form is not sent while it is not certain. */
function certain(value: number | undefined): number {
  if (value === undefined) throw new Error(words.form.unclear);
  return value;
}

const counted = (text: string): number => certain(count(text));
export const minor = (text: string, currency: string): number => certain(amount(text, digits(currency), separator));
export const shown = (value: number, currency: string): string => written(value, digits(currency), separator);

function cutOf({ kind, amount }: CutDraft, currency: string): Cut {
  const value = kind === 'percent_off' ? certain(basisPoints(amount, separator)) : minor(amount, currency);
  return { [kind]: value } as Cut;
}

/** Without zeros that say nothing: 50, 12.5. */
const percentOf = (points: number): string => written(points, 2, separator).replace(/[.,]?0{1,2}$/, '');

function draftOfCut(cut: Cut, currency: string): CutDraft {
  const [kind, value] = Object.entries(cut)[0] as [CutKind, number];
  return { kind, amount: kind === 'percent_off' ? percentOf(value) : shown(value, currency) };
}

function discountOf(item: ItemDraft, currency: string): Discount {
  const [first] = item.tiers;
  if (item.discount === 'flat' && first) return { flat: cutOf(first, currency) };
  if (item.discount === 'tiers') {
    return { tiers: item.tiers.map((tier) => ({ units: counted(tier.units), cut: cutOf(tier, currency) })) };
  }
  return 'none';
}

export const skuOf = (item: ItemDraft): string => item.sku || item.newSku.trim();

/** A sale as it was read, and what the form showed of it. */
export interface Loaded {
  event: SaleEvent;
  draft: Draft;
}

export const loadedOf = (event: SaleEvent): Loaded => ({ event, draft: draftOf(event) });

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The fields of the form, and what they are in the API. */
const FIELDS = {
  name: 'name', description: 'description', currency: 'currency', zone: 'time_zone', opens: 'opens_at', closes: 'closes_at', lobby: 'lobby',
  checkout: 'checkout', checkoutUrl: 'checkout_url', gateway: 'gateway', holdSeconds: 'hold_seconds', standbyHoldSeconds: 'standby_hold_seconds', graceSeconds: 'grace_seconds', perShopperMax: 'per_shopper_max', quantityMax: 'quantity_max',
  standbyMax: 'standby_max', paymentTries: 'payment_tries', coupons: 'coupons', buyerFields: 'buyer_fields', participation: 'participation', hoarding: 'hoarding', machineCheck: 'machine_check', series: 'series_id',
} as const satisfies Partial<Record<keyof Draft, keyof EventSpec>>;
const NAMES = Object.keys(FIELDS) as (keyof typeof FIELDS)[];

/** What the form asks for. Of a sale that was read, what nobody touched goes back exactly as it came. */
export function specOf(draft: Draft, scheduled: boolean, loaded?: Loaded): EventSpec {
  const codes = draft.accessCodes.split('\n').map((line) => line.trim()).filter(Boolean).map(accessCodeOf);
  const spec: EventSpec = {
    name: draft.name.trim(),
    description: draft.description.trim(),
    currency: draft.currency,
    time_zone: draft.zone,
    opens_at: draft.opens,
    closes_at: draft.closes,
    lobby: draft.lobby ? { opens_at: draft.lobby.opens, closes_at: draft.lobby.closes, beacon: draft.lobby.beacon } : null,
    checkout: draft.checkout,
    checkout_url: draft.checkout === 'handed_over' ? draft.checkoutUrl.trim() || null : null,
    gateway: draft.gateway || null,
    hold_seconds: counted(draft.holdSeconds),
    standby_hold_seconds: draft.standbyHoldSeconds ? counted(draft.standbyHoldSeconds) : null,
    grace_seconds: counted(draft.graceSeconds),
    per_shopper_max: counted(draft.perShopperMax),
    quantity_max: counted(draft.quantityMax),
    standby_max: counted(draft.standbyMax),
    payment_tries: counted(draft.paymentTries),
    participation: draft.participation,
    hoarding: draft.hoarding ? hoardingOf(draft.hoarding) : null,
    machine_check: draft.machineCheck,
    series_id: draft.series || null,
    scheduled,
    items: draft.items.map((item) => itemOf(item, draft.currency, scheduled, loaded)),
    coupons: draft.coupons.map((coupon) => ({
      code: coupon.code.trim(),
      cut: cutOf(coupon, draft.currency),
      ...(coupon.usesMax && { uses_max: counted(coupon.usesMax) }),
    })),
    ...(codes.length > 0 && { access_codes: codes }),
    buyer_fields: buyerFieldsOf(draft),
  };
  if (!loaded) return spec;
  const untouched = NAMES.filter((name) => same(draft[name], loaded.draft[name]));
  const asItCame = Object.fromEntries(untouched.map((name) => [FIELDS[name], loaded.event[FIELDS[name]]]));
  // What another checkout does not need is not sent with it.
  return { ...spec, ...asItCame, checkout_url: spec.checkout_url, buyer_fields: spec.buyer_fields };
}

/** A line of the access codes: a code, and behind a comma how often it may be used, where that is said. */
function accessCodeOf(line: string): string | { code: string; uses_max: number } {
  const [, code, uses] = /^(.*\S)\s*,\s*(\d{1,9})$/.exec(line) ?? [];
  return code && uses ? { code, uses_max: Number(uses) } : line;
}

const hoardingOf = (limits: HoardingDraft): NonNullable<EventSpec['hoarding']> => ({
  unpaid_max: counted(limits.unpaidMax),
  address_unpaid_max: counted(limits.addressUnpaidMax),
  rest_seconds: counted(limits.restSeconds),
  address_percent: counted(limits.addressPercent),
});

/** The shop's own checkout asks for itself. */
const buyerFieldsOf = ({ checkout, buyerFields }: Draft): BuyerFields =>
  checkout === 'handed_over' ? askNothing
  : { ...buyerFields, questions: buyerFields.questions.map(({ text, required }) => ({ text: text.trim(), required })) };

function itemOf(item: ItemDraft, currency: string, scheduled: boolean, loaded: Loaded | undefined): EventSpec['items'][number] {
  const at = loaded?.draft.items.findIndex(({ sku }) => sku && sku === item.sku) ?? -1;
  const [was, read] = [loaded?.draft.items[at], loaded?.event.items[at]];
  const list = was?.list === item.list ? read?.list_minor : item.sku && item.list ? minor(item.list, currency) : undefined;
  const discount = was && read && same([was.discount, was.tiers], [item.discount, item.tiers]) ? read.discount : undefined;
  return {
    sku: skuOf(item),
    // Of a draft it may not be known yet.
    allocation: scheduled || item.allocation.trim() ? counted(item.allocation) : 0,
    discount: discount ?? discountOf(item, currency),
    ...(list != null && { list_minor: list }),
  };
}

/**
 * What somebody typed into a form, on top of what the sale has become meanwhile: what they did not touch follows it.
 * Names what both have changed.
 */
export function rebased(draft: Draft, before: Loaded, now: Loaded): { draft: Draft; both: Both[] } {
  const both: Both[] = [];
  const merge = <T>(name: string, mine: T, was: T, is: T): T => {
    if (same(mine, was)) return is;
    if (!same(was, is) && !same(mine, is)) both.push({ name, mine, is });
    return mine;
  };
  const merged = { ...draft };
  const put = <K extends keyof typeof FIELDS>(name: K): void => {
    merged[name] = merge(fieldNames[name], draft[name], before.draft[name], now.draft[name]);
  };
  NAMES.forEach(put);
  const known = (items: ItemDraft[], sku: string): ItemDraft | undefined => items.find((item) => item.sku === sku);
  merged.items = draft.items.map((mine) => {
    const [was, is] = [known(before.draft.items, mine.sku), known(now.draft.items, mine.sku)];
    if (!was || !is) return mine;
    const [rule, oldRule, newRule] = [mine, was, is].map(({ discount, tiers }) => ({ discount, tiers })) as [Rule, Rule, Rule];
    return {
      ...mine,
      list: merge(`${mine.sku}: ${words.item.listPrice}`, mine.list, was.list, is.list),
      allocation: merge(`${mine.sku}: ${words.item.allocation}`, mine.allocation, was.allocation, is.allocation),
      ...merge(`${mine.sku}: ${words.item.discount}`, rule, oldRule, newRule),
    };
  });
  // Items that others have added meanwhile; what was taken out here stays out.
  const added = now.draft.items.filter(({ sku }) => !known(before.draft.items, sku) && !known(merged.items, sku));
  return { draft: { ...merged, items: [...merged.items, ...added] }, both };
}

/** What two have changed, each in their way. */
export interface Both {
  name: string;
  mine: unknown;
  is: unknown;
}

type Rule = Pick<ItemDraft, 'discount' | 'tiers'>;

const fieldNames: Record<keyof typeof FIELDS, string> = {
  name: words.form.name, description: words.form.description, currency: words.form.currency, zone: desk.zone.label, opens: words.form.opens,
  closes: words.form.closes, lobby: words.form.start, checkout: words.form.checkout, checkoutUrl: words.form.checkoutUrl, gateway: words.form.gateway,
  holdSeconds: words.form.holdSeconds, standbyHoldSeconds: words.form.standbyHoldSeconds, graceSeconds: words.form.graceSeconds,
  perShopperMax: words.form.perShopperMax, quantityMax: words.form.quantityMax, standbyMax: words.form.standbyMax,
  paymentTries: words.form.paymentTries, coupons: words.form.couponsAndAccess,
  buyerFields: words.buyers.asked, participation: words.form.participation, hoarding: words.hoarding.title, machineCheck: words.form.machineCheck, series: words.series.title,
};

function draftOf(event: SaleEvent): Draft {
  const { currency } = event;
  const shownItem = (item: EventSpec['items'][number]): ItemDraft => {
    const { discount } = item;
    const tiers =
      discount === 'none' ? emptyItem.tiers
      : 'flat' in discount ? [{ ...draftOfCut(discount.flat, currency), units: '' }]
      : discount.tiers.map((tier) => ({ ...draftOfCut(tier.cut, currency), units: String(tier.units) }));
    return {
      ...emptyItem,
      sku: item.sku,
      list: item.list_minor == null ? '' : shown(item.list_minor, currency),
      allocation: String(item.allocation),
      discount: discount === 'none' ? 'none' : 'flat' in discount ? 'flat' : 'tiers',
      tiers,
    };
  };
  return {
    name: event.name, description: event.description, currency, zone: zoneIn(event.time_zone),
    opens: event.opens_at, closes: event.closes_at,
    lobby: event.lobby ? { opens: event.lobby.opens_at, closes: event.lobby.closes_at, beacon: event.lobby.beacon ?? false } : undefined,
    checkout: event.checkout, checkoutUrl: event.checkout_url ?? '', gateway: event.gateway ?? '', holdSeconds: String(event.hold_seconds), standbyHoldSeconds: event.standby_hold_seconds == null ? '' : String(event.standby_hold_seconds),
    graceSeconds: String(event.grace_seconds), perShopperMax: String(event.per_shopper_max),
    quantityMax: String(event.quantity_max), standbyMax: String(event.standby_max), paymentTries: String(event.payment_tries),
    items: event.items.map(shownItem),
    coupons: event.coupons.map((coupon) => ({
      ...draftOfCut(coupon.cut, currency), code: coupon.code, usesMax: coupon.uses_max == null ? '' : String(coupon.uses_max),
    })),
    accessCodes: '',
    buyerFields: event.buyer_fields, participation: event.participation, machineCheck: event.machine_check ?? 'off', series: event.series_id ?? '',
    hoarding: event.hoarding
      ? {
          unpaidMax: String(event.hoarding.unpaid_max),
          addressUnpaidMax: String(event.hoarding.address_unpaid_max),
          restSeconds: String(event.hoarding.rest_seconds),
          addressPercent: String(event.hoarding.address_percent),
        }
      : undefined,
  };
}

/** What can be said before the server is asked, by the field of the API. */
export function troubleWith(draft: Draft, scheduled: boolean): Refused {
  if (scheduled && draft.items.length === 0) return { items: desk.draft.itemsNeeded };
  if (scheduled && draft.checkout === 'handed_over' && !draft.checkoutUrl.trim()) return { checkout_url: desk.draft.checkoutNeeded };
  if (!isZone(draft.zone)) return { time_zone: desk.zone.unknown };
  if (!isCurrency(draft.currency)) return { currency: words.form.currencyWrong };
  if (!(Date.parse(draft.opens) < Date.parse(draft.closes))) return { closes_at: words.form.closesFirst };
  return {};
}
