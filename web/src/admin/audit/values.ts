/** Fields that were changed, and what stood in them, in words. */
import { words as admin } from '../../i18n/admin';
import { words } from '../../i18n/audit';
import { words as desk } from '../../i18n/desk';
import { isCurrency, money, number, percent, preciseMoment } from '../../i18n/locale';
import type { Cut } from '../types';

/** A field before and after a change, as the entry has it. */
export interface Changed {
  field: string;
  before: unknown;
  after: unknown;
}

/** What an entry knows of what it changed: those before version 36 of the schema know nothing. */
export function changesOf(detail: Record<string, unknown>): Changed[] {
  const { changes } = detail;
  return Array.isArray(changes) ? changes.filter((one): one is Changed => typeof (one as Changed | null)?.field === 'string') : [];
}

const { form, buyers, hoarding, series } = admin;
const NAMES: Record<string, string> = {
  ...words.fields,
  name: form.name, description: form.description, currency: form.currency, time_zone: desk.zone.label, opens_at: form.opens, closes_at: form.closes, checkout: form.checkout,
  'lobby.opens_at': form.lobbyOpens, 'lobby.closes_at': form.lobbyCloses, 'lobby.beacon': 'drand', checkout_url: form.checkoutUrl, gateway: form.gateway,
  hold_seconds: form.holdSeconds, standby_hold_seconds: form.standbyHoldSeconds, grace_seconds: form.graceSeconds, per_shopper_max: form.perShopperMax,
  quantity_max: form.quantityMax, standby_max: form.standbyMax, payment_tries: form.paymentTries, participation: form.participation,
  machine_check: form.machineCheck, series_id: series.title, 'hoarding.unpaid_max': hoarding.unpaidMax, 'hoarding.address_unpaid_max': hoarding.addressUnpaidMax,
  'hoarding.rest_seconds': hoarding.restSeconds, 'hoarding.address_percent': hoarding.addressPercent,
};

/** `items[lamp].allocation` is the allocation of the lamp. What has no name of its own has the API's. */
export function nameOf(field: string, products: Record<string, string> = {}): string {
  const [, of, part] = /^\w+\[(.*)\]\.(\w+)$/.exec(field) ?? [];
  if (of !== undefined && part !== undefined) return `${products[of] ?? of}: ${NAMES[part] ?? part}`;
  const asked = /^buyer_fields\.(\w+)$/.exec(field)?.[1];
  if (asked !== undefined) return `${buyers.asked}: ${buyers.fields[asked as keyof typeof buyers.fields] ?? asked}`;
  return NAMES[field] ?? field;
}

export function valueOf(field: string, value: unknown, currency: string | undefined): string {
  if (value === null || value === undefined || value === '') return words.nothing;
  if (typeof value === 'boolean') return value ? words.yes : words.no;
  if (typeof value === 'number') return field.endsWith('_minor') ? sum(value, currency) : number(value);
  if (typeof value === 'string') return /^\d{4}-\d\d-\d\dT.*Z$/.test(value) ? preciseMoment(value) : worded(field, value);
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.map((one) => admin.webhooks.types[one] ?? one).join(', ');
  return rule(value, currency) ?? JSON.stringify(value);
}

const sum = (minor: number, currency: string | undefined): string =>
  currency && isCurrency(currency) ? money(minor, currency) : number(minor);

/** The words that people choose by, for those of the API. */
function worded(field: string, value: string): string {
  const choices: Record<string, Record<string, string>> = {
    participation: form.participations, machine_check: form.machineChecks, gateway: form.gateways,
    checkout: { reservation: form.reservation, direct_order: form.directOrder, handed_over: form.handedOver },
  };
  const ways: Record<string, string> = field.startsWith('buyer_fields.') ? buyers.ways : (choices[field] ?? {});
  if (field.endsWith('.discount') && value === 'none') return admin.item.discounts.none;
  return ways[value] ?? value;
}

/** A discount or a coupon's cut. */
function rule(value: unknown, currency: string | undefined): string | undefined {
  const { flat, tiers } = value as { flat?: Cut; tiers?: { units: number; cut: Cut }[] };
  if (flat) return cut(flat, currency);
  if (tiers) return tiers.map((tier) => words.tier(number(tier.units), cut(tier.cut, currency))).join('; ');
  return cut(value as Cut, currency) || undefined;
}

function cut(value: Cut, currency: string | undefined): string {
  if ('percent_off' in value) return words.off(percent(value.percent_off));
  if ('amount_off' in value) return words.off(sum(value.amount_off, currency));
  return 'fixed_price' in value ? sum(value.fixed_price, currency) : '';
}
