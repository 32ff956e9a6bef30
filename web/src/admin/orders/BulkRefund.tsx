/** Several orders refunded: each by a call of its own, and what became of each is said. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { words as admin } from '../../i18n/admin';
import { money, number } from '../../i18n/locale';
import { words } from '../../i18n/orders';
import { Problem } from '../../shared/api';
import { newKey } from '../../shared/key';
import { Field } from '../fields';
import { useLoad } from '../hooks';
import { Dialog, Table, Trouble } from '../parts';
import { ask } from '../session';
import { why } from '../why';
import type { Order, Refund } from '../types';
import { sums, whyNotRefunded } from './actions';
import { leftMinorOf, refundsOf } from './refunds';

const text = words.bulk;
const LOOK_EVERY_MS = 1_500;

/** An order, and what goes back of it: what was confirmed, and no more. */
interface Part {
  order: Order;
  minor: number;
  /** Makes asking again the same request. */
  key: string;
}

/** What became of one. */
type Result = { is: 'asking' } | { is: 'asked'; refund: Refund } | { is: 'refused' | 'unknown'; why: string };

export function BulkRefund({ orders, close }: { orders: Order[]; close: () => void }) {
  // Those that were chosen, as they stood when they were: a list that goes on changing changes nothing here.
  const [chosen] = useState(orders);
  const { value: parts, problem } = useLoad(() => readParts(chosen), []);
  const [reason, setReason] = useState('');
  const [putBack, setPutBack] = useState(false);
  const [results, setResults] = useState<ReadonlyMap<string, Result>>(new Map());
  const [isBegun, setBegun] = useState(false);
  const left = chosen.filter((order) => whyNotRefunded(order) !== undefined);
  useOutcomes(results, setResults);

  const refundAll = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setBegun(true);
    for (const { order, minor, key } of parts ?? []) {
      const note = (result: Result): void => setResults((known) => new Map(known).set(order.order_id, result));
      note({ is: 'asking' });
      try {
        const body = { reason, amount_minor: minor, put_back: putBack };
        note({ is: 'asked', refund: await ask<Refund>(`/orders/${order.order_id}/refund`, { method: 'POST', body, key }) });
      } catch (error) {
        // An answer that did not come says nothing of what was done.
        const isSaid = error instanceof Problem && error.status >= 400 && error.status < 500;
        note({ is: isSaid ? 'refused' : 'unknown', why: why(error) });
      }
    }
  };

  const all = parts ?? [];
  const together = sums(all.map(({ order, minor }) => ({ minor, currency: order.currency })));
  const done = [...results.values()].filter((result) => result.is === 'asked' && result.refund.state !== 'failed').length;
  const isOver = isBegun && results.size === all.length && [...results.values()].every(({ is }) => is !== 'asking');
  return (
    <Dialog title={text.title(all.length || chosen.length)} close={close} leave={isBegun ? admin.done : admin.neverMind} wide>
      <Trouble text={problem} />
      {parts?.length === 0 && <p>{text.nothing}</p>}
      {all.length > 0 && (
        <>
          <p>
            <strong>{text.sum(together)}</strong> {text.each}
          </p>
          <Table label={text.title(all.length)} head={text.head} amounts={[1]}>
            {all.map(({ order, minor }) => (
              <tr key={order.order_id}>
                <th scope="row">{order.number}</th>
                <td class="amount">{money(minor, order.currency)}</td>
                <td class="name">{said(results.get(order.order_id))}</td>
              </tr>
            ))}
          </Table>
        </>
      )}
      {left.length > 0 && (
        <p>
          {text.left}
          {left.map((order) => `${order.number} (${whyNotRefunded(order)})`).join(', ')}
        </p>
      )}
      <p role="status">{isOver && text.over(number(done), number(all.length))}</p>
      {all.length > 0 && !isBegun && (
        <form class="fields" onSubmit={(event) => void refundAll(event)}>
          <label class="check">
            <input type="checkbox" checked={putBack} onChange={(change) => setPutBack(change.currentTarget.checked)} /> {words.alsoPutBack}
          </label>
          <Field label={admin.actions.reason} value={reason} set={setReason} required />
          <button class="danger" type="submit">
            {text.now(all.length, together)}
          </button>
        </form>
      )}
    </Dialog>
  );
}

/** What is left of each that can be refunded: by the server, since others may have refunded some meanwhile. */
async function readParts(orders: Order[]): Promise<Part[]> {
  const parts: Part[] = [];
  for (const order of orders) {
    if (whyNotRefunded(order) !== undefined) continue;
    const minor = await leftMinorOf(order);
    if (minor > 0) parts.push({ order, minor, key: newKey() });
  }
  return parts;
}

/** Looks after refunds that are on their way, until they are there. */
function useOutcomes(results: ReadonlyMap<string, Result>, set: (change: (known: ReadonlyMap<string, Result>) => Map<string, Result>) => void): void {
  const latest = useRef(results);
  latest.current = results;
  useEffect(() => {
    const timer = setInterval(() => {
      for (const [order, result] of latest.current) {
        if (result.is !== 'asked' || ['refunded', 'failed', 'needs_attention'].includes(result.refund.state)) continue;
        const see = async (): Promise<void> => {
          const refund = (await refundsOf(order)).find(({ refund_id }) => refund_id === result.refund.refund_id);
          if (refund) set((known) => new Map(known).set(order, { is: 'asked', refund }));
        };
        void see().catch(() => undefined); // it is looked at again
      }
    }, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
}

function said(result: Result | undefined): string {
  if (!result) return text.waits;
  if (result.is === 'asking') return text.asking;
  if (result.is !== 'asked') return text[result.is](result.why);
  const { state, failure } = result.refund;
  if (state === 'refunded') return text.done;
  if (state === 'failed') return text.failed(words.mismatches[failure ?? ''] ?? words.why[failure ?? ''] ?? failure ?? '');
  if (state === 'needs_attention') return text.attention;
  return state === 'pending' ? text.pending : failure ? words.refundWaits : text.asked;
}
