import { useState } from 'preact/hooks';
import { words } from '../i18n/admin';
import { momentOf, money, number } from '../i18n/locale';
import { Choice, Field } from './fields';
import { useAction, useLoad } from './hooks';
import { Dialog, Pages, Table, Title, Trouble } from './parts';
import { ask, change, may, token } from './session';
import type { EventSummary, Order } from './types';

const PAGE = 50;
const text = words.orders;

export function Orders() {
  const [search, setSearch] = useState('');
  const [event, setEvent] = useState('');
  const [state, setState] = useState('');
  const [before, setBefore] = useState('');
  const [refunding, setRefunding] = useState<Order>();
  const events = useLoad(() => ask<{ events: EventSummary[] }>('/events?limit=200'), []);
  const filter = new URLSearchParams({ ...(search && { q: search }), ...(event && { event }), ...(state && { state }) });
  const page = new URLSearchParams({ ...Object.fromEntries(filter), limit: String(PAGE), ...(before && { before }) });
  const { value, problem, look } = useLoad(() => ask<{ orders: Order[] }>(`/orders?${page}`), [page.toString()], 5_000);
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
              <td class="id">{order.shopper_id}</td>
              <td>{momentOf(order.created_at)}</td>
              <td>
                {may('owner') && order.state === 'paid' && !order.refund_state && (
                  <button type="button" aria-label={text.refundOf(order.number)} onClick={() => setRefunding(order)}>
                    {text.refund}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
      <Pages rows={value?.orders} page={PAGE} idOf={(order) => order.order_id} before={before} go={setBefore} />
      {refunding && <Refund order={refunding} close={() => (setRefunding(undefined), void look())} />}
    </>
  );
}

function stateOf({ state, refund_state: refund }: Order): string {
  const named = text.states[state] ?? state;
  return refund && state !== 'refunded' ? text.refunding(named, text.refundStates[refund] ?? refund) : named;
}

function Refund({ order, close }: { order: Order; close: () => void }) {
  const [reason, setReason] = useState('');
  const { busy, problem, act } = useAction();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (await act(() => change(`/orders/${order.order_id}/refund`, { reason }))) close();
  };
  return (
    <Dialog title={text.refundTitle(order.number)} close={close}>
      <Trouble text={problem} />
      <form class="fields" onSubmit={(event) => void submit(event)}>
        <p>{text.refundText(money(order.total_minor, order.currency))}</p>
        <Field label={words.actions.reason} value={reason} set={setReason} required />
        <button class="danger" type="submit" disabled={busy}>
          {text.refundNow}
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
