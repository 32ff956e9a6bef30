import type { ComponentChildren } from 'preact';
import { words } from '../i18n/admin';
import { money, number } from '../i18n/locale';
import { valueOf } from './audit/values';
import { useLoad } from './hooks';
import { SaleTime } from './SaleTime';
import { ask } from './session';
import type { SaleEvent, SeriesList } from './types';

const { form, hoarding, series: seriesWords, buyers } = words;
const ASKED = ['name', 'email', 'phone', 'address'] as const;

/** What an organiser has set for a sale, also once nothing of it can be edited any more. */
export function Rules({ sale }: { sale: SaleEvent }) {
  const { lobby, hoarding: limits, series_id, coupons, buyer_fields: fields } = sale;
  const series = useLoad(async () => (series_id ? (await ask<SeriesList>('/series')).series.find(({ id }) => id === series_id) : undefined), [series_id]);
  const asked = ASKED.filter((name) => fields[name] !== 'off').map((name) => `${buyers.fields[name]} (${buyers.ways[fields[name]]})`);
  const checkout = { reservation: form.reservation, direct_order: form.directOrder, handed_over: form.handedOver }[sale.checkout];
  return (
    <details class="card">
      <summary>{form.rules}</summary>
      <dl class="given rules">
        {lobby && <Rule name={form.lobbyOpens}>{<SaleTime at={lobby.opens_at} zone={sale.time_zone} />}</Rule>}
        {lobby && <Rule name={form.lobbyCloses}>{<SaleTime at={lobby.closes_at} zone={sale.time_zone} />}</Rule>}
        {lobby?.beacon && <Rule name={form.byDraw}>{form.beacon}</Rule>}
        <Rule name={form.checkout}>{checkout}</Rule>
        <Rule name={form.holdSeconds}>{number(sale.hold_seconds)}</Rule>
        {typeof sale.standby_hold_seconds === 'number' && <Rule name={form.standbyHoldSeconds}>{number(sale.standby_hold_seconds)}</Rule>}
        <Rule name={form.graceSeconds}>{number(sale.grace_seconds)}</Rule>
        <Rule name={form.perShopperMax}>{number(sale.per_shopper_max)}</Rule>
        <Rule name={form.quantityMax}>{number(sale.quantity_max)}</Rule>
        <Rule name={form.standbyMax}>{number(sale.standby_max)}</Rule>
        {sale.checkout !== 'handed_over' && <Rule name={form.paymentTries}>{number(sale.payment_tries)}</Rule>}
        <Rule name={form.participation}>{form.participations[sale.participation]}</Rule>
        <Rule name={form.machineCheck}>{form.machineChecks[sale.machine_check]}</Rule>
        {series.value && <Rule name={seriesWords.title}>{seriesWords.option(series.value.name, number(series.value.per_shopper_max))}</Rule>}
        {limits && <Rule name={hoarding.unpaidMax}>{number(limits.unpaid_max)}</Rule>}
        {limits && <Rule name={hoarding.addressUnpaidMax}>{number(limits.address_unpaid_max)}</Rule>}
        {limits && <Rule name={hoarding.restSeconds}>{number(limits.rest_seconds)}</Rule>}
        {limits && <Rule name={hoarding.addressPercent}>{number(limits.address_percent)}</Rule>}
        {sale.items.map(({ sku, list_minor, discount }, at) => (
          <Rule key={sku} name={sale.item_names[at] ?? sku}>
            {[typeof list_minor === 'number' && money(list_minor, sale.currency), valueOf('.discount', discount, sale.currency), sale.item_names[at] && sku].filter(Boolean).join(' · ')}
          </Rule>
        ))}
        {coupons.map(({ code, cut, uses_max }, at) => (
          <Rule key={code} name={form.coupon(number(at + 1))}>
            {[code, valueOf('cut', cut, sale.currency), typeof uses_max === 'number' && `${form.uses}: ${number(uses_max)}`].filter(Boolean).join(' · ')}
          </Rule>
        ))}
        {asked.length + fields.questions.length > 0 && (
          <Rule name={buyers.asked}>{[...asked, ...fields.questions.map(({ text }) => text)].join(' · ')}</Rule>
        )}
      </dl>
    </details>
  );
}

const Rule = ({ name, children }: { name: string; children: ComponentChildren }) => (
  <div>
    <dt>{name}</dt>
    <dd>
      <bdi>{children}</bdi>
    </dd>
  </div>
);
