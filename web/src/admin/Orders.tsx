import { useState } from 'preact/hooks';
import { words } from '../i18n/admin';
import { momentOf, money, number } from '../i18n/locale';
import { Choice, Field } from './fields';
import { useAction, useLoad } from './hooks';
import { Dialog, Pages, Table, Title, Trouble } from './parts';
import { ask, change, may, token } from './session';
import type { EventList, Order, OrderPage } from './types';

const PAGE = 50;
const text = words.orders;

export function Orders() {
  const [search, setSearch] = useState('');
  const [event, setEvent] = useState('');
  const [state, setState] = useState('');
  const [before, setBefore] = useState('');
  const [asked, setAsked] = useState<{ order: Order; to: Asked }>();
  const events = useLoad(() => ask<EventList>('/events?limit=200'), []);
  const filter = new URLSearchParams({ ...(search && { q: search }), ...(event && { event }), ...(state && { state }) });
  const page = new URLSearchParams({ ...Object.fromEntries(filter), limit: String(PAGE), ...(before && { before }) });
  const { value, problem, look } = useLoad(() => ask<OrderPage>(`/orders?${page}`), [page.toString()], 5_000);
  const csv = useAction();
  const choose = (set: (value: string) => void) => (value: string) => {
    set(value);
    setBefore('');
  };
  return (
    <>
      <Title text={words.places.orders}>
        <button type="button" disabled={csv.busy} onClick={() => void csv.act(() => download(filter))}>
          {text.exportCsv}
        </button>
      </Title>
      <div class="grid" role="search">
        <Field label={text.search} value={search} set={choose(setSearch)} hint={text.searchHint} />
        <Choice
          label={text.sale}
          value={event}
          set={choose(setEvent)}
          options={[['', words.all], ...(events.value?.events ?? []).map(({ id, name }) => [id, name] as const)]}
        />
        <Choice label={text.state} value={state} set={choose(setState)} options={[['', words.all], ...Object.entries(text.states)]} />
      </div>
      <Trouble text={problem || csv.problem} />
      {value?.orders.length === 0 && <p>{text.none}</p>}
      {!!value?.orders.length && (
        <Table label={words.places.orders} head={text.head}>
          {value.orders.map((order) => (
            <tr key={order.order_id}>
              <th scope="row">{order.number}</th>
              <td>{stateOf(order)}</td>
              <td>{order.sku}</td>
              <td>{number(order.quantity)}</td>
              <td>{money(order.total_minor, order.currency)}</td>
              <td class="id">
                {order.customer && <bdi class="customer">{order.customer}</bdi>} {order.shopper_id}
              </td>
              <td>{momentOf(order.created_at)}</td>
              <td>
                {(may('owner') ? whatNext(order) : []).map((to) => (
                  <button key={to} type="button" aria-label={text[to].of(order.number)} onClick={() => setAsked({ order, to })}>
                    {text[to].button}
                  </button>
                ))}
              </td>
            </tr>
          ))}
        </Table>
      )}
      <Pages rows={value?.orders} page={PAGE} idOf={(order) => order.order_id} before={before} go={setBefore} />
      {asked && <Question {...asked} close={() => (setAsked(undefined), void look())} />}
    </>
  );
}

/** What can be asked for: named as the words are. */
type Asked = 'refund' | 'refundAgain' | 'cancel' | 'putBack';

/** Nothing is a dead end: what failed can be asked for again, and units can be put back later. */
function whatNext({ state, total_minor, refund_state: refund, put_back }: Order): Asked[] {
  if (state === 'refunded') return put_back ? [] : ['putBack'];
  if (state !== 'paid' || (refund && refund !== 'failed')) return [];
  if (total_minor === 0) return ['cancel'];
  return [refund ? 'refundAgain' : 'refund'];
}

function stateOf({ state, refund_state: refund, refund_failure: why, put_back }: Order): string {
  const named = text.states[state] ?? state;
  const money = refund && state !== 'refunded' ? text.refunding(named, text.refundStates[refund] ?? refund) : named;
  const units = put_back ? (text.putBacks[put_back] ?? put_back) : refund === 'refunded' && text.keptSold;
  return [money, why, units].filter(Boolean).join(' · ');
}

function Question({ order, to, close }: { order: Order; to: Asked; close: () => void }) {
  const [reason, setReason] = useState('');
  const [putBack, setPutBack] = useState(false);
  const { busy, problem, act } = useAction();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const asked = to === 'putBack' ? { call: 'put-back', body: { reason } } : { call: 'refund', body: { reason, put_back: putBack } };
    if (await act(() => change(`/orders/${order.order_id}/${asked.call}`, asked.body))) close();
  };
  return (
    <Dialog title={text[to].title(order.number)} close={close}>
      <Trouble text={problem} />
      <form class="fields" onSubmit={(event) => void submit(event)}>
        <p>{text[to].text(money(order.total_minor, order.currency))}</p>
        {to !== 'putBack' && (
          <label>
            <input type="checkbox" checked={putBack} onChange={(change) => setPutBack(change.currentTarget.checked)} />{' '}
            {text.alsoPutBack}
            <small>{putBack ? text.goesBack : text.staysSold}</small>
          </label>
        )}
        <Field label={words.actions.reason} value={reason} set={setReason} required />
        <button class="danger" type="submit" disabled={busy}>
          {text[to].now}
        </button>
      </form>
    </Dialog>
  );
}

/** A link cannot carry the token: fetched, then saved. */
async function download(filter: URLSearchParams): Promise<void> {
  const answer = await fetch(`/api/v1/admin/orders.csv?${filter}`, { headers: { Authorization: `Bearer ${token()}` } });
  if (!answer.ok) throw new Error(text.exportFailed);
  const url = URL.createObjectURL(await answer.blob());
  const link = Object.assign(document.createElement('a'), { href: url, download: 'orders.csv' });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
