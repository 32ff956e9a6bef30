/** The dialogs in which something is asked for of an order. */
import { useEffect, useState } from 'preact/hooks';
import { words as admin } from '../../i18n/admin';
import { words as desk } from '../../i18n/desk';
import { digits, money, number, separator } from '../../i18n/locale';
import { words } from '../../i18n/orders';
import { Problem } from '../../shared/api';
import { amount } from '../amount';
import { minor, shown } from '../draft';
import { AmountField, Field } from '../fields';
import { useAction } from '../hooks';
import { Dialog, Trouble } from '../parts';
import { change } from '../session';
import type { Order } from '../types';
import { isPutBack, isRetry, type Asked } from './actions';
import { leftMinorOf } from './refunds';

/** What can only be done at the gateway. */
export function ByHand({ order, close }: { order: Order; close: () => void }) {
  return (
    <Dialog title={words.settle.title(order.number)} close={close} leave={admin.done}>
      <p>{words.settle.text}</p>
      {order.refunded_minor === 0 && !order.put_back && <p>{words.settle.unitsStay}</p>}
    </Dialog>
  );
}

export function Question({ order, to, close }: { order: Order; to: Exclude<Asked, 'settle'>; close: () => void }) {
  const [reason, setReason] = useState('');
  const [putBack, setPutBack] = useState(false);
  const { currency } = order;
  const units = number(order.quantity);
  const [leftMinor, setLeft] = useState(order.total_minor - order.refunded_minor);
  /** Until one is typed, all that is left. */
  const [typed, setTyped] = useState<string>();
  const sum = typed ?? shown(leftMinor, currency);
  const asksForSum = to === 'refund' || to === 'refundAgain';
  const asked = amount(sum, digits(currency), separator);
  // Said as it is typed, and gone once it is put right. What was free gives nothing back.
  const wrong =
    asked === undefined || order.total_minor === 0 ? undefined
    : asked < 1 ? desk.sum.atLeast(money(1, currency))
    : undefined;
  const { busy, problem, act } = useAction();
  const readLeft = async (): Promise<number> => {
    const left = await leftMinorOf(order);
    setLeft(left);
    return left;
  };
  useEffect(() => {
    // Without an answer the row has to do: the server refuses what is too much.
    if (asksForSum) void readLeft().catch(() => undefined);
  }, []);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const isDone = await act(async () => {
      const ofSum = asksForSum ? { amount_minor: minor(sum, currency) } : {};
      const called =
        isPutBack(to) ? { call: 'put-back', body: { reason } }
        : isRetry(to) ? { call: `refunds/${order.refund_id}/retry`, body: {} }
        : { call: 'refund', body: { reason, put_back: putBack, ...ofSum } };
      try {
        await change(`/orders/${order.order_id}/${called.call}`, called.body);
      } catch (error) {
        const isTooMuch = error instanceof Problem && error.status === 409 && asksForSum && minor(sum, currency) > (await readLeft());
        throw isTooMuch ? new Error(words.tooMuch) : error;
      }
    });
    if (isDone) close();
  };
  return (
    <Dialog title={words[to].title(order.number)} close={close}>
      <Trouble text={problem} />
      <form class="fields" onSubmit={(event) => void submit(event)}>
        <p>{words[to].text(money(leftMinor, currency), units)}</p>
        {asksForSum && <AmountField label={words.sum} currency={currency} value={sum} set={setTyped} problem={wrong} required />}
        {!isPutBack(to) && !isRetry(to) && (
          <label class="check">
            <input type="checkbox" checked={putBack} onChange={(change) => setPutBack(change.currentTarget.checked)} />{' '}
            {words.alsoPutBack}
            <small>{putBack ? words.goesBack(units) : words.staysSold}</small>
          </label>
        )}
        {!isRetry(to) && <Field label={admin.actions.reason} value={reason} set={setReason} required />}
        <button class="danger" type="submit" disabled={busy}>
          {words[to].now}
        </button>
      </form>
    </Dialog>
  );
}
