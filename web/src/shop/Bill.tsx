/** What a reservation costs. */
import { isolate, money, number } from '../i18n/locale';
import { words } from '../i18n/shop';
import { changeOf } from './rules/price';
import type { Price } from './types';

/** Where another price was on the page at the click, before anything is paid. */
export function Changed({ price, shownMinor }: { price: Price; shownMinor: number | undefined }) {
  const change = changeOf(price, shownMinor);
  if (!change || shownMinor === undefined) return null;
  const [was, now] = [shownMinor, price.total_minor].map((minor) => money(minor, price.currency)) as [string, string];
  return (
    <p class="notice" role="status">
      {change === 'all' ? words.priceChanged(was, now) : words.priceRose(was, now)}
    </p>
  );
}

export function Bill({ price }: { price: Price }) {
  return (
    <ul class="bill">
      {price.lines.map((line) => (
        <li>{words.pricePer(number(line.units), money(line.unit_minor, price.currency))}</li>
      ))}
      {price.coupon && <li class="soft">{words.couponApplied(isolate(price.coupon))}</li>}
      <li>
        {words.total}: <strong>{money(price.total_minor, price.currency)}</strong>
      </li>
    </ul>
  );
}
