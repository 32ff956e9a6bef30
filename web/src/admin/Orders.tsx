import { useState } from 'preact/hooks';
import { Choice, Field } from './fields';
import { useAction, useLoad } from './hooks';
import { money, time } from './money';
import { Dialog, Pages, Table, Title, Trouble } from './parts';
import { ask, change, token } from './session';
import type { EventSummary, Order } from './types';

const PAGE = 50;
const STATES = ['pending', 'paid', 'failed', 'cancelled', 'refunded'];

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
      <Title text="Orders">
        <button type="button" disabled={csv.busy} onClick={() => void csv.act(() => download(filter))}>
          Export CSV
        </button>
      </Title>
      <div class="grid" role="search">
        <Field label="Search" value={search} set={choose(setSearch)} hint="Order number, SKU or shopper" />
        <Choice
          label="Sale"
          value={event}
          set={choose(setEvent)}
          options={[['', 'All'], ...(events.value?.events ?? []).map(({ id, name }) => [id, name] as const)]}
        />
        <Choice label="State" value={state} set={choose(setState)} options={[['', 'All'], ...STATES.map((one) => [one, one] as const)]} />
      </div>
      <Trouble text={problem || csv.problem} />
      {value?.orders.length === 0 && <p>No orders match.</p>}
      {!!value?.orders.length && (
        <Table label="Orders" head={['Number', 'State', 'SKU', 'Units', 'Total', 'Shopper', 'Made', 'Action']}>
          {value.orders.map((order) => (
            <tr key={order.order_id}>
              <th scope="row">{order.number}</th>
              <td>{order.refund_state && order.state !== 'refunded' ? `${order.state}, refund ${order.refund_state}` : order.state}</td>
              <td>{order.sku}</td>
              <td>{order.quantity}</td>
              <td>{money(order.total_minor, order.currency)}</td>
              <td class="id">{order.shopper_id}</td>
              <td>{time(order.created_at)}</td>
              <td>
                {order.state === 'paid' && !order.refund_state && (
                  <button type="button" aria-label={`Refund ${order.number}`} onClick={() => setRefunding(order)}>
                    Refund
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

function Refund({ order, close }: { order: Order; close: () => void }) {
  const [reason, setReason] = useState('');
  const { busy, problem, act } = useAction();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (await act(() => change(`/orders/${order.order_id}/refund`, { reason }))) close();
  };
  return (
    <Dialog title={`Refund ${order.number}?`} close={close}>
      <Trouble text={problem} />
      <form class="fields" onSubmit={(event) => void submit(event)}>
        <p>{money(order.total_minor, order.currency)} go back to the card.</p>
        <Field label="Reason" value={reason} set={setReason} required />
        <button class="danger" type="submit" disabled={busy}>
          Refund the order
        </button>
      </form>
    </Dialog>
  );
}

/** A link cannot carry the token: fetched, then saved. */
async function download(filter: URLSearchParams): Promise<void> {
  const answer = await fetch(`/api/v1/admin/orders.csv?${filter}`, { headers: { Authorization: `Bearer ${token()}` } });
  if (!answer.ok) throw new Error('The export did not work.');
  const url = URL.createObjectURL(await answer.blob());
  const link = Object.assign(document.createElement('a'), { href: url, download: 'orders.csv' });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
