import { words as admin } from '../../i18n/admin';
import { money, number } from '../../i18n/locale';
import { words as orders } from '../../i18n/orders';
import { words as desk } from '../../i18n/desk';
import { TileList } from '../parts';
import type { Figures } from '../types';
import type { Point } from './figures';

const text = admin.live;
const count = (value: number | undefined): string => (value === undefined ? '–' : number(Math.round(value)));
const ms = (value: number | undefined): string => (value === undefined ? '–' : admin.ms(count(value)));
const sum = (minor: number | undefined, currency: string): string => (minor === undefined ? '–' : money(minor, currency));

/** All units of the sale's items that are so; nothing while that is not known of one. */
const unitsOf = (items: Figures['items'], of: (item: Figures['items'][number]) => number | undefined): number | undefined =>
  items.reduce<number | undefined>((sum, item) => {
    const units = of(item);
    return sum === undefined || units === undefined ? undefined : sum + units;
  }, 0);

/** What an organiser asks first: what is sold, what it comes to, who waits. How the engine does comes after. */
export function Tiles({ point: { figures, pace } }: { point: Point }) {
  const { attempts, line, lobby, answer_ms, items, money: parts } = figures;
  const { refunded: _, paid = '', ...states } = orders.states;
  const first: [string, string][] = [
    ...(lobby ? [[text.inLobby, number(lobby.entered)] satisfies [string, string]] : []),
    [desk.live.unitsSold, count(unitsOf(items, ({ sold }) => sold))],
    [text.soldFor, sum(figures.sold_minor, figures.currency)],
    [text.revenue, sum(figures.revenue_minor, figures.currency)],
    ...Object.entries({ paid, ...states }).map(([state, name]): [string, string] => [text.ordersOf(name), count(figures.orders?.[state]?.count)]),
    [desk.live.refunded, count(parts?.refunded_orders)],
    [desk.live.waiting, count(unitsOf(items, ({ standby_len, behind_len }) => standby_len === undefined ? undefined : standby_len + (behind_len ?? 0)))],
    [text.inLine, number(line.length)],
    [text.reserved, count(attempts?.reserved)],
    [text.fromStandby, count(attempts?.granted_from_standby)],
    [text.expired, count(attempts?.expired)],
    [text.soldOut, count(attempts?.sold_out)],
  ];
  const engine: [string, string][] = [
    [text.pace, count(pace)],
    [text.served, count(attempts?.served)],
    [text.answer('p50'), ms(answer_ms?.p50)],
    [text.answer('p95'), ms(answer_ms?.p95)],
    [text.answer('p99'), ms(answer_ms?.p99)],
  ];
  return (
    <>
      <TileList tiles={first} />
      <h2 class="tiles-of">{desk.live.engine}</h2>
      <TileList tiles={engine} />
    </>
  );
}

/** What sold and revenue each are; and why they differ, when they do. */
export function Money({ figures: { sold_minor: sold, revenue_minor: revenue, money: parts, currency } }: { figures: Figures }) {
  if (sold === undefined || revenue === undefined || !parts) return null;
  const stillSold = parts.refunded_still_sold_minor;
  const toCome = sold - revenue - stillSold;
  return (
    <p>
      {text.moneyIs(money(parts.captured_minor, currency), money(parts.refunded_minor, currency))}
      {stillSold > 0 && ` ${text.refundedStillSold(money(stillSold, currency))}`}
      {toCome > 0 && ` ${text.toBeCaptured(money(toCome, currency))}`}
    </p>
  );
}
