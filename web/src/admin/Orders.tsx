import { useEffect, useState } from 'preact/hooks';
import { words } from '../i18n/admin';
import { momentOf, money, number } from '../i18n/locale';
import { Problem } from '../shared/api';
import { minor, shown } from './draft';
import { AmountField, Choice, Field } from './fields';
import { useAction, useLoad } from './hooks';
import { Dialog, Pages, Table, Title, Trouble } from './parts';
import { ask, change, may, token } from './session';
import type { EventList, Order, OrderPage, RefundList } from './types';

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
              <th scope="row">
                {order.number}
                {order.reference && <small> {order.reference}</small>}
              </th>
              <td class="name">{stateOf(order)}</td>
              <td>{order.sku}</td>
              <td>{number(order.quantity)}</td>
              <td>{money(order.total_minor, order.currency)}</td>
              <td class="id name">
                {order.customer && <bdi class="customer">{order.customer}</bdi>} {order.shopper_id}
              </td>
              <td>{momentOf(order.created_at)}</td>
              <td>
                <div class="buttons">
                  {(may('owner') ? whatNext(order) : []).map((to) => (
                    <button key={to} type="button" aria-label={text[to].of(order.number)} onClick={() => setAsked({ order, to })}>
                      {text[to].button}
                    </button>
                  ))}
                </div>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <Pages rows={value?.orders} page={PAGE} idOf={(order) => order.order_id} before={before} go={setBefore} />
      {asked?.to === 'settle' ?
        <ByHand order={asked.order} close={() => setAsked(undefined)} />
      : asked && <Question order={asked.order} to={asked.to} close={() => (setAsked(undefined), void look())} />}
    </>
  );
}

/** What can be asked for: named as the words are. */
type Asked = 'refund' | 'refundAgain' | 'settle' | 'tryAgain' | 'tryNow' | 'cancel' | 'putBack' | 'putBackForShop';

/** What failed can be asked for again, and units can be put back later; what the gateway did otherwise ends there, by hand. */
function whatNext({ state, total_minor, refunded_minor, refund_state: refund, refund_failure: why, put_back, reference }: Order): Asked[] {
  // Its money is the shop's business.
  if (reference) return state === 'paid' && !put_back ? ['putBackForShop'] : [];
  const units: Asked[] = put_back || (state !== 'refunded' && refunded_minor === 0) ? [] : ['putBack'];
  if (state === 'refunded') return units;
  if (state !== 'paid') return [];
  // One that nothing has held up is on its way, and needs nobody.
  if (refund === 'requested' || refund === 'pending') return why ? ['tryNow'] : [];
  if (refund === 'needs_attention') return ['tryAgain', ...units];
  if (total_minor === 0) return ['cancel'];
  // It may have gone back: asked for again, it would go back again.
  if (mismatchOf(why)) return ['settle', ...units];
  return [refund === 'failed' ? 'refundAgain' : 'refund', ...units];
}

/** What the gateway did otherwise than it was asked. */
const mismatchOf = (why: Order['refund_failure']): string | undefined => text.mismatches[why ?? ''];

const isRetry = (to: Asked): boolean => to === 'tryAgain' || to === 'tryNow';
const isPutBack = (to: Asked): boolean => to === 'putBack' || to === 'putBackForShop';

function stateOf({ state, refunded_minor, currency, refund_state: refund, refund_failure: why, put_back }: Order): string {
  const part = state === 'paid' && refunded_minor > 0 && text.partly(money(refunded_minor, currency));
  const named = [text.states[state] ?? state, part].filter(Boolean).join(', ');
  // One that is done is part of what went back.
  const isOpen = refund && refund !== 'refunded' && state !== 'refunded';
  // What has held it up so far does not end it.
  const waits = why && (refund === 'requested' || refund === 'pending') ? text.refundWaits : undefined;
  const mismatch = refund === 'failed' ? mismatchOf(why) : undefined;
  const stands = isOpen && !mismatch ? text.refunding(named, waits ?? text.refundStates[refund] ?? refund) : named;
  const units = put_back ? (text.putBacks[put_back] ?? put_back) : refund === 'refunded' && text.keptSold;
  return [stands, mismatch ?? why, units].filter(Boolean).join(' · ');
}

/** What can only be done at the gateway. */
function ByHand({ order, close }: { order: Order; close: () => void }) {
  return (
    <Dialog title={text.settle.title(order.number)} close={close} leave={words.done}>
      <p>{text.settle.text}</p>
      {order.refunded_minor === 0 && !order.put_back && <p>{text.settle.unitsStay}</p>}
    </Dialog>
  );
}

function Question({ order, to, close }: { order: Order; to: Exclude<Asked, 'settle'>; close: () => void }) {
  const [reason, setReason] = useState('');
  const [putBack, setPutBack] = useState(false);
  const { currency } = order;
  const units = number(order.quantity);
  const [leftMinor, setLeft] = useState(order.total_minor - order.refunded_minor);
  /** Until one is typed, all that is left. */
  const [typed, setTyped] = useState<string>();
  const sum = typed ?? shown(leftMinor, currency);
  const asksForSum = to === 'refund' || to === 'refundAgain';
  const { busy, problem, act } = useAction();
  /** What is neither refunded nor on its way by now: the row may be older than what others have done. */
  const readLeft = async (): Promise<number> => {
    const { refunds } = await ask<RefundList>(`/orders/${order.order_id}/refunds`);
    const asked = refunds.filter(({ state }) => state !== 'failed').reduce((sum, { amount_minor }) => sum + amount_minor, 0);
    setLeft(order.total_minor - asked);
    return order.total_minor - asked;
  };
  useEffect(() => {
    // Without an answer the row has to do: the server refuses what is too much.
    if (asksForSum) void readLeft().catch(() => undefined);
  }, []);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const isDone = await act(async () => {
      const amount = asksForSum ? { amount_minor: minor(sum, currency) } : {};
      const asked =
        isPutBack(to) ? { call: 'put-back', body: { reason } }
        : isRetry(to) ? { call: `refunds/${order.refund_id}/retry`, body: {} }
        : { call: 'refund', body: { reason, put_back: putBack, ...amount } };
      try {
        await change(`/orders/${order.order_id}/${asked.call}`, asked.body);
      } catch (error) {
        const isTooMuch = error instanceof Problem && error.status === 409 && asksForSum && minor(sum, currency) > (await readLeft());
        throw isTooMuch ? new Error(text.tooMuch) : error;
      }
    });
    if (isDone) close();
  };
  return (
    <Dialog title={text[to].title(order.number)} close={close}>
      <Trouble text={problem} />
      <form class="fields" onSubmit={(event) => void submit(event)}>
        <p>{text[to].text(money(leftMinor, currency), units)}</p>
        {asksForSum && <AmountField label={text.sum} currency={currency} value={sum} set={setTyped} required />}
        {!isPutBack(to) && !isRetry(to) && (
          <label class="check">
            <input type="checkbox" checked={putBack} onChange={(change) => setPutBack(change.currentTarget.checked)} />{' '}
            {text.alsoPutBack}
            <small>{putBack ? text.goesBack(units) : text.staysSold}</small>
          </label>
        )}
        {!isRetry(to) && <Field label={words.actions.reason} value={reason} set={setReason} required />}
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
