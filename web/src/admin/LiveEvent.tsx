import { useRef } from 'preact/hooks';
import { Actions } from './Actions';
import { Chart } from './Chart';
import { useLoad } from './hooks';
import { money, number, time } from './money';
import { Badge, Table, Title, Trouble } from './parts';
import { ask } from './session';
import type { Figures, SaleEvent } from './types';

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
      <Title text={spec?.name ?? 'A sale'} />
      <Trouble text={sale.problem || live.problem} />
      {spec && latest && (
        <>
          <p>
            <Badge status={latest.figures.status} /> {time(spec.opens_at)} – {time(spec.closes_at)}
            {spec.status_reason && ` · ${spec.status_reason}`}
          </p>
          <Actions sale={{ ...spec, status: latest.figures.status }} changed={() => void sale.look()} />
          <Tiles point={latest} />
          <Stock figures={latest.figures} />
          <Charts points={live.value ?? []} />
        </>
      )}
    </>
  );
}

const ms = (value: number | undefined): string => (value === undefined ? '–' : `${number(Math.round(value))} ms`);

function Tiles({ point: { figures, pace } }: { point: Point }) {
  const { attempts, line, orders, answer_ms } = figures;
  const tiles: [string, string][] = [
    ['In line', number(line.length)],
    ['Served a second', pace === undefined ? '–' : number(Math.round(pace))],
    ['Served', number(attempts?.served)],
    ['Reserved', number(attempts?.reserved)],
    ['Granted from standby', number(attempts?.granted_from_standby)],
    ['Expired', number(attempts?.expired)],
    ['Sold out', number(attempts?.sold_out)],
    ['Orders', number(Object.values(orders ?? {}).reduce((sum, { count }) => sum + count, 0))],
    ['Revenue', figures.revenue_minor === undefined ? '–' : money(figures.revenue_minor, figures.currency)],
    ['Answer p50', ms(answer_ms?.p50)],
    ['Answer p95', ms(answer_ms?.p95)],
    ['Answer p99', ms(answer_ms?.p99)],
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

function Stock({ figures }: { figures: Figures }) {
  return (
    <Table label="Stock by item" head={['SKU', 'Allocated', 'Left', 'Held', 'Sold', 'Standby', 'Sold for']}>
      {figures.items.map((item) => (
        <tr key={item.sku}>
          <th scope="row">{item.sku}</th>
          <td>{number(item.allocation)}</td>
          <td>{number(item.left)}</td>
          <td>{number(item.held)}</td>
          <td>{number(item.sold)}</td>
          <td>{number(item.standby_len)}</td>
          <td>{item.sold_minor === undefined ? '–' : money(item.sold_minor, figures.currency)}</td>
        </tr>
      ))}
    </Table>
  );
}

function Charts({ points }: { points: Point[] }) {
  const times = points.map(({ at }) => at);
  const total = (of: 'left' | 'held' | 'sold') => points.map(({ figures }) => figures.items.reduce((sum, item) => sum + (item[of] ?? 0), 0));
  const answered = (of: 'p50' | 'p95' | 'p99') => points.map(({ figures }) => figures.answer_ms?.[of] ?? null);
  return (
    <div class="charts">
      <Chart
        title="The line"
        times={times}
        lines={[
          { label: 'Served a second', values: points.map(({ pace }) => pace ?? null) },
          { label: 'In line', values: points.map(({ figures }) => figures.line.length) },
        ]}
      />
      <Chart
        title="Stock"
        times={times}
        lines={[
          { label: 'Left', values: total('left') },
          { label: 'Held', values: total('held') },
          { label: 'Sold', values: total('sold') },
        ]}
      />
      <Chart
        title="Answer time, in ms"
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
