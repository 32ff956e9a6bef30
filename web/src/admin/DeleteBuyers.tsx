import { useState } from 'preact/hooks';
import { words } from '../i18n/admin';
import { number } from '../i18n/locale';
import { useAction } from './hooks';
import { Dialog, Trouble } from './parts';
import { ask } from './session';
import type { DeletedBuyers, SaleEvent } from './types';

const text = words.buyers;

export const asksForSomething = ({ buyer_fields: { questions, ...fields } }: SaleEvent): boolean =>
  questions.length > 0 || Object.values(fields).some((asked) => asked !== 'off');

/** Deletes what all buyers of a sale gave, once that is certain; and says of how many. */
export function DeleteBuyers({ sale }: { sale: SaleEvent }) {
  const [isAsked, setAsked] = useState(false);
  const [deleted, setDeleted] = useState<number>();
  const { busy, problem, act } = useAction();
  const remove = (): Promise<boolean> =>
    act(async () => setDeleted((await ask<DeletedBuyers>(`/events/${sale.id}/buyers`, { method: 'DELETE' })).deleted));
  const open = (): void => (setDeleted(undefined), setAsked(true));
  return (
    <>
      <button class="danger" type="button" onClick={open}>
        {text.removeAll}
      </button>
      {isAsked && (
        <Dialog title={text.removeAllTitle} close={() => setAsked(false)} leave={deleted === undefined ? words.neverMind : words.done}>
          <Trouble text={problem} />
          {deleted === undefined ? (
            <>
              <p>{text.removeAllText}</p>
              <p>
                <button class="danger" type="button" disabled={busy} onClick={() => void remove()}>
                  {text.removeNow}
                </button>
              </p>
            </>
          ) : (
            <p role="status">{text.removed(number(deleted))}</p>
          )}
        </Dialog>
      )}
    </>
  );
}
