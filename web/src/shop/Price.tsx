import { money, number, percent } from '../i18n/locale';
import { words } from '../i18n/shop';
import { ladder, type Rung } from './rules/ladder';
import { offOf } from './rules/off';
import type { Item } from './types';

interface Props {
  item: Item;
  currency: string;
}

/** What the next unit costs, and what it costs without the sale. */
export const Price = ({ item, currency }: Props) => (
  <p class="price">
    <span class="hidden-but-read">{words.salePrice} </span>
    <strong>{money(item.sale_minor, currency)}</strong> <Instead item={item} currency={currency} />
  </p>
);

/** What it costs without the sale, and how much cheaper it is. */
export function Instead({ item, currency }: Props) {
  const off = offOf(item);
  return (
    <>
      {item.sale_minor < item.list_minor && (
        <>
          <span class="hidden-but-read">{words.listPrice} </span>
          <s>{money(item.list_minor, currency)}</s>
        </>
      )}{' '}
      {off !== undefined && <span class="off">{percent(-off)}</span>}
    </>
  );
}

/** What units cost as more of them go. */
export function Ladder({ item, currency }: Props) {
  const rungs = ladder(item);
  if (rungs.length === 0) return null;
  return (
    <ol class="ladder" aria-label={words.ladder}>
      {rungs.map((rung) => (
        <li key={rung.at} aria-current={rung.isNow ? 'step' : undefined}>
          {unitsOf(rung)}: <b>{money(rung.unitMinor, currency)}</b>
          {rung.isNow && <> · {words.tierNow}</>}
        </li>
      ))}
    </ol>
  );
}

const unitsOf = ({ at, units }: Rung): string =>
  units === undefined ? words.tierThen : at === 1 ? words.tierFirst(number(units)) : words.tierNext(number(units));
