import { useRef } from 'preact/hooks';
import { words } from '../i18n/admin';
import { momentOf, money, number } from '../i18n/locale';
import { Actions } from './Actions';
import { Chart } from './Chart';
import { useLoad } from './hooks';
import { Badge, Table, Title, Trouble } from './parts';
import { ask } from './session';
import type { Figures, GatewayList, SaleEvent } from './types';

const text = words.live;
const LOOK_EVERY_MS = 1_000;
const KEPT = 300;

interface Point {
  at: number;
  figures: Figures;
  /** Attempts answered a second, since the point before. */
  pace: number | undefined;
}

/** A running sale, second by second. */
export function LiveEvent({ event }: { event: string }) {
  const points = useRef<Point[]>([]);
  const sale = useLoad(() => ask<SaleEvent>(`/events/${event}`), [event], 5_000);
  const gateways = useLoad(() => ask<GatewayList>('/gateways'), []);
  const live = useLoad(
    async () => {
      const figures = await ask<Figures>(`/events/${event}/figures`);
      const before = points.current.at(-1);
      const at = figures.server_time_ms / 1000;
      const served = (figures.attempts?.served ?? 0) - (before?.figures.attempts?.served ?? 0);
      const pace = before && at > before.at ? Math.max(0, served / (at - before.at)) : undefined;
      points.current = [...points.current, { at, figures, pace }].slice(-KEPT);
      return points.current;
    },
    [event],
    LOOK_EVERY_MS,
  );
  const spec = sale.value;
  const latest = live.value?.at(-1);
  return (
    <>
      <Title text={spec?.name ?? text.untitled} />
      <Trouble text={sale.problem || live.problem} />
      {spec && latest && (
        <>
          <p>
            <Badge status={latest.figures.status} /> {momentOf(spec.opens_at)} – {momentOf(spec.closes_at)}
            {spec.status_reason && ` · ${spec.status_reason}`}
            {spec.gateway && (gateways.value?.gateways.length ?? 0) > 1 && ` · ${words.form.gateway}: ${words.form.gateways[spec.gateway]}`}
          </p>
          <Actions sale={{ ...spec, status: latest.figures.status }} changed={() => void sale.look()} />
          <Tiles point={latest} />
          <Money figures={latest.figures} />
          <Stock figures={latest.figures} />
          <Charts points={live.value ?? []} />
        </>
      )}
    </>
  );
}

const count = (value: number | undefined): string => (value === undefined ? '–' : number(Math.round(value)));
const ms = (value: number | undefined): string => (value === undefined ? '–' : words.ms(count(value)));
const sum = (minor: number | undefined, currency: string): string => (minor === undefined ? '–' : money(minor, currency));

function Tiles({ point: { figures, pace } }: { point: Point }) {
  const { attempts, line, orders, answer_ms } = figures;
  const tiles: [string, string][] = [
    [text.inLine, number(line.length)],
    [text.pace, count(pace)],
    [text.served, count(attempts?.served)],
    [text.reserved, count(attempts?.reserved)],
    [text.fromStandby, count(attempts?.granted_from_standby)],
    [text.expired, count(attempts?.expired)],
    [text.soldOut, count(attempts?.sold_out)],
    ...Object.entries(words.orders.states).map(([state, name]): [string, string] => [
      text.ordersOf(name),
      count(orders?.[state]?.count),
    ]),
    [text.soldFor, sum(figures.sold_minor, figures.currency)],
    [text.revenue, sum(figures.revenue_minor, figures.currency)],
    [text.answer('p50'), ms(answer_ms?.p50)],
    [text.answer('p95'), ms(answer_ms?.p95)],
    [text.answer('p99'), ms(answer_ms?.p99)],
  ];
  return (
    <dl class="tiles">
      {tiles.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What sold and revenue each are; and why they differ, when they do. */
function Money({ figures: { sold_minor: sold, revenue_minor: revenue, money: parts, currency } }: { figures: Figures }) {
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

function Stock({ figures }: { figures: Figures }) {
  return (
    <Table label={text.stockLabel} head={text.stockHead}>
      {figures.items.map((item) => (
        <tr key={item.sku}>
          <th scope="row">{item.sku}</th>
          <td>{number(item.allocation)}</td>
          <td>{count(item.left)}</td>
          <td>{count(item.held)}</td>
          <td>{count(item.sold)}</td>
          <td>{count(item.standby_len)}</td>
          <td>{sum(item.sold_minor, figures.currency)}</td>
        </tr>
      ))}
    </Table>
  );
}

function Charts({ points }: { points: Point[] }) {
  const times = points.map(({ at }) => at);
  // Of an item that is not known, nothing is drawn.
  const sum = (counts: (number | undefined)[]) => counts.reduce<number | null>((sum, count) => (sum === null || count === undefined ? null : sum + count), 0);
  const total = (of: 'left' | 'held' | 'sold') => points.map(({ figures }) => sum(figures.items.map((item) => item[of])));
  const answered = (of: 'p50' | 'p95' | 'p99') => points.map(({ figures }) => figures.answer_ms?.[of] ?? null);
  return (
    <div class="charts">
      <Chart
        title={text.line}
        times={times}
        lines={[
          { label: text.pace, values: points.map(({ pace }) => pace ?? null) },
          { label: text.inLine, values: points.map(({ figures }) => figures.line.length) },
        ]}
      />
      <Chart
        title={text.stock}
        times={times}
        lines={[
          { label: text.left, values: total('left') },
          { label: text.held, values: total('held') },
          { label: text.sold, values: total('sold') },
        ]}
      />
      <Chart
        title={text.answerTime}
        times={times}
        lines={[
          { label: 'p50', values: answered('p50') },
          { label: 'p95', values: answered('p95') },
          { label: 'p99', values: answered('p99') },
        ]}
      />
    </div>
  );
}
