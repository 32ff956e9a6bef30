import { useState } from 'preact/hooks';
import { words as admin } from '../../i18n/admin';
import { momentOf, money, number } from '../../i18n/locale';
import { words } from '../../i18n/orders';
import { addressOf, useFilters } from '../address';
import { Choice, Field } from '../fields';
import { useAction, useLoad } from '../hooks';
import { Pages, Table, Title, Trouble } from '../parts';
import { ask, may } from '../session';
import { beginOf, dayOf } from '../time';
import { SaleChoice } from '../SaleChoice';
import type { Order, OrderPage } from '../types';
import { stateOf, whatNext, type Asked } from './actions';
import { BulkRefund } from './BulkRefund';
import { saveFile } from '../saveFile';
import { ByHand, Question } from './Question';

const PAGE = 50;
const LOOK_EVERY_MS = 5_000;
const FILTERS = ['q', 'event', 'state', 'from', 'until', 'before'] as const;

export function Orders() {
  const { values, set, isAny } = useFilters(FILTERS);
  const { before, ...which } = values;
  const filter = new URLSearchParams(Object.entries(which).filter(([, value]) => value));
  const page = new URLSearchParams({ ...Object.fromEntries(filter), limit: String(PAGE), ...(before && { before }) });
  const { value, problem, look } = useLoad(() => ask<OrderPage>(`/orders?${page}`), [page.toString()], LOOK_EVERY_MS);
  const [asked, setAsked] = useState<{ order: Order; to: Asked }>();
  const [selected, setSelected] = useState<ReadonlyMap<string, Order>>(new Map());
  const [isBulk, setBulk] = useState(false);
  const csv = useAction();
  const orders = value?.orders ?? [];
  const narrow = (changed: Partial<typeof values>, isTyped = false): void => {
    setSelected(new Map()); // what is refunded together is seen together
    set({ before: '', ...changed }, isTyped);
  };
  const select = (some: Order[], isOn: boolean): void => {
    const next = new Map(selected);
    for (const order of some) isOn ? next.set(order.order_id, order) : next.delete(order.order_id);
    setSelected(next);
  };
  const seeAgain = (): void => (setAsked(undefined), void look());
  return (
    <>
      <Title text={admin.places.orders}>
        {may('read_buyers') && (
          <button type="button" disabled={csv.busy} onClick={() => void csv.act(() => saveFile(`/orders.csv?${filter}`, 'orders.csv', words.exportFailed))}>
            {words.exportCsv}
          </button>
        )}
      </Title>
      <Filters values={values} narrow={narrow} isAny={isAny} />
      <Trouble text={problem || csv.problem} />
      {selected.size > 0 && (
        <div class="notice good buttons" role="status">
          <strong>{words.bulk.selected(selected.size)}</strong>
          <button class="danger" type="button" onClick={() => setBulk(true)}>
            {words.bulk.button}
          </button>
          <button type="button" onClick={() => setSelected(new Map())}>
            {words.bulk.none}
          </button>
        </div>
      )}
      {value && orders.length === 0 && <p>{words.none}</p>}
      {orders.length > 0 && (
        <Table
          label={admin.places.orders}
          head={words.head}
          amounts={[3, 4]}
          before={
            may('refund') && (
              <Tick
                label={words.selectAll}
                isOn={orders.every(({ order_id }) => selected.has(order_id))}
                set={(isOn) => select(orders, isOn)}
              />
            )
          }
        >
          {orders.map((order) => (
            <Row key={order.order_id} order={order} ask={(to) => setAsked({ order, to })}>
              {may('refund') && (
                <Tick label={words.select(order.number)} isOn={selected.has(order.order_id)} set={(isOn) => select([order], isOn)} />
              )}
            </Row>
          ))}
        </Table>
      )}
      <Pages rows={value?.orders} page={PAGE} idOf={(order) => order.order_id} before={before} go={(before) => narrow({ before })} />
      {isBulk && (
        <BulkRefund
          orders={[...selected.values()].map((order) => orders.find(({ order_id }) => order_id === order.order_id) ?? order)}
          close={() => (setBulk(false), setSelected(new Map()), void look())}
        />
      )}
      {asked?.to === 'settle' ?
        <ByHand order={asked.order} close={() => setAsked(undefined)} />
      : asked && <Question order={asked.order} to={asked.to} close={seeAgain} />}
    </>
  );
}

type Values = Record<(typeof FILTERS)[number], string>;

function Filters({ values, narrow, isAny }: { values: Values; narrow: (changed: Partial<Values>, isTyped?: boolean) => void; isAny: boolean }) {
  return (
    <div class="grid" role="search">
      <div class="wide">
        <Field label={words.search} type="search" value={values.q} set={(q) => narrow({ q }, true)} hint={may('read_buyers') ? words.searchHint : words.searchHintWithoutBuyers} />
      </div>
      <SaleChoice label={words.sale} value={values.event} set={(event) => narrow({ event })} />
      <Choice label={words.state} value={values.state} set={(state) => narrow({ state })} options={[['', admin.all], ...Object.entries(words.states)]} />
      <Field label={words.from} type="date" value={dayOf(values.from)} set={(day) => narrow({ from: beginOf(day) }, true)} />
      <Field
        label={words.until}
        type="date"
        value={dayOf(values.until && new Date(Date.parse(values.until) - 1).toISOString())}
        set={(day) => narrow({ until: beginOf(day, 1) }, true)}
      />
      {isAny && (
        <button type="button" onClick={() => narrow({ q: '', event: '', state: '', from: '', until: '' })}>
          {words.clear}
        </button>
      )}
    </div>
  );
}

function Tick({ label, isOn, set }: { label: string; isOn: boolean; set: (isOn: boolean) => void }) {
  return (
    <label class="tick">
      <span class="hidden-but-read">{label}</span>
      <input type="checkbox" checked={isOn} onChange={(change) => set(change.currentTarget.checked)} />
    </label>
  );
}

function Row({ order, ask, children }: { order: Order; ask: (to: Asked) => void; children: preact.ComponentChildren }) {
  return (
    <tr>
      {children && <td class="ticks">{children}</td>}
      <th scope="row">
        <a class="to-order" href={addressOf(`orders/${order.order_id}`)}>
          {order.number}
        </a>
        {order.reference && <small> {order.reference}</small>}
      </th>
      <td class="name state">{stateOf(order)}</td>
      <td class="name">
        <bdi>{order.product_name}</bdi>
        <small>
          <bdi>{order.event_name}</bdi> · <span class="id">{order.sku}</span>
        </small>
      </td>
      <td class="amount">{number(order.quantity)}</td>
      <td class="amount">{money(order.total_minor, order.currency)}</td>
      <td class="customer">{order.customer ? <bdi>{order.customer}</bdi> : words.guest}</td>
      <td>{momentOf(order.created_at)}</td>
      <td>
        <div class="buttons in-row">
          {(may('refund') ? whatNext(order) : []).map((to) => (
            <button key={to} type="button" aria-label={words[to].of(order.number)} onClick={() => ask(to)}>
              {words[to].button}
            </button>
          ))}
        </div>
      </td>
    </tr>
  );
}
