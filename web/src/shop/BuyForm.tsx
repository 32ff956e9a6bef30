import { money, number } from '../i18n/locale';
import { words } from '../i18n/shop';
import { newKey } from '../shared/key';
import type { ComponentChildren } from 'preact';
import { useNow } from './hooks';
import { mostEach } from './rules/odds';
import { lobbyPhase, mayClick } from './rules/lobby';
import { go } from './router';
import type { Shell } from './shell';
import { isOver, isSoldOut } from './states';
import { Stepper } from './Stepper';
import type { Item, Sale } from './types';

/** Its fields may be anywhere on the page. */
export const FORM = 'buy';

const LOBBY = { before: words.lobbySoon, open: words.enter, closed: words.lobbyClosed };

/** What is about to be asked for. */
export interface Wanted {
  item: Item | undefined;
  /** As it was typed. */
  quantity: string;
  hasCoupon: boolean;
}

interface Props {
  shell: Shell;
  sale: Sale;
  wanted: Wanted;
  change: (quantity: string) => void;
  /** Whether the sale asks for a check first. */
  isUnchecked: boolean;
  /** Why the last try did not work. */
  problem: ComponentChildren;
  /** Codes that are not needed. */
  children: ComponentChildren;
}

/** The form, and with it the one button that buys: at the bottom of a small screen, whatever is being looked at. */
export function BuyForm({ shell, sale, wanted, change, isUnchecked, problem, children }: Props) {
  const { item, quantity } = wanted;
  const now = useNow();
  const lobby = lobbyPhase(sale, now);
  const open = mayClick(sale, now);
  if (isSoldOut(sale) && !isOver(sale.status)) {
    return (
      <>
        <h2>{words.soldOutTitle}</h2>
        <p>{words.nothingLeft}</p>
      </>
    );
  }
  if (isOver(sale.status)) {
    return (
      <>
        <p>{words.problems['sale_ended']}</p>
        <a class="button" href="/" onClick={go}>
          {words.back}
        </a>
      </>
    );
  }
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!item) return;
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string): string => String(form.get(name) ?? '').trim();
    const order = {
      sku: item.sku,
      quantity: countOf(sale, wanted),
      ...(text('coupon') && { coupon: text('coupon') }),
      ...(text('access') && { accessCode: text('access') }),
      shownMinor: item.sale_minor,
    };
    shell.send({ type: 'buy', order, key: newKey() });
  };
  return (
    <form id={FORM} onSubmit={submit}>
      <h2 class="buy-title">{lobby ? words.enter : words.buy}</h2>
      {children}
      <div class="bar">
        {problem}
        <Summary sale={sale} wanted={wanted} />
        {most(sale, item) > 1 && <Stepper value={quantity} most={most(sale, item)} limits="limits" change={change} />}
        {item?.sold_out ? (
          <p class="notice">{words.soldOut}</p>
        ) : (
          <button class="primary" type="submit" disabled={!open || isUnchecked} aria-describedby={isUnchecked ? 'check-title' : undefined}>
            {lobby ? LOBBY[lobby] : !open ? words.buySoon : item?.left === 0 ? words.joinStandby : words.buy}
          </button>
        )}
      </div>
    </form>
  );
}

/** What the button asks for. */
function Summary({ sale, wanted }: { sale: Sale; wanted: Wanted }) {
  const { item, hasCoupon } = wanted;
  if (!item) return null;
  const count = countOf(sale, wanted);
  const sum = money(item.sale_minor * count, sale.currency);
  const but = hasCoupon ? words.beforeCoupon : item.tiers && count > 1 ? words.priceNow : undefined;
  return (
    <div class="summary">
      <p class="summary-what">
        <span class="one-line" title={item.name}>
          <bdi>{item.name}</bdi>
        </span>
        <span class="summary-count">· {number(count)}</span>
      </p>
      <p class="sum">
        <strong>{sum}</strong>
      </p>
      <p class="soft limits" id="limits">
        {limitsOf(sale)}
        {sale.series && <span>{words.upToInSeries(number(sale.series.per_shopper_max), sale.series.name)}</span>}
      </p>
      {but && <p class="soft but">{but}</p>}
    </div>
  );
}

/** So many units are asked for: what was typed for another item may be too many for this one. */
const countOf = (sale: Sale, { item, quantity }: Wanted): number => Math.max(1, Math.min(most(sale, item), Number(quantity) || 1));

/** So many units may be asked for in one click: of more than there are, nobody could ever have any. */
const most = (sale: Sale, item: Item | undefined): number =>
  Math.min(mostEach(sale), sale.series?.per_shopper_max ?? Infinity, Math.max(1, item?.allocated ?? 1));

const limitsOf = (sale: Sale): string =>
  mostEach(sale) < sale.per_shopper_max
    ? words.upToAtOnce(number(mostEach(sale)), number(sale.per_shopper_max))
    : words.upTo(number(sale.per_shopper_max));
