import { useState } from 'preact/hooks';
import { words } from '../i18n/admin';
import { number } from '../i18n/locale';
import { Problem, type FieldProblem } from '../shared/api';
import { Field } from './fields';
import { useAction } from './hooks';
import { Dialog, Trouble } from './parts';
import { ask } from './session';
import type { Invited, SaleEvent } from './types';

const text = words.invitations;

/** Who is invited to a sale: how many a list names, another list in its place, or none. */
export function Invitations({ sale, changed }: { sale: SaleEvent; changed: () => void }) {
  const [isOpen, setOpen] = useState(false);
  const [count, setCount] = useState(sale.invited_count ?? 0);
  /** What the list was read as that was just uploaded. */
  const [read, setRead] = useState<Invited>();
  const [wrong, setWrong] = useState<readonly FieldProblem[]>([]);
  const [isRemoving, setRemoving] = useState(false);
  const { busy, problem, act } = useAction();
  const send = (method: 'PUT' | 'DELETE', csv?: Blob): Promise<boolean> =>
    act(async () => {
      setWrong([]);
      setRead(undefined);
      try {
        const after = await ask<SaleEvent & Partial<Invited>>(`/events/${sale.id}/invitations`, { method, ...(csv && { csv }) });
        setCount(after.invited_count ?? 0);
        const { invited_by_address, invited_as_customer } = after;
        if (invited_by_address !== undefined && invited_as_customer !== undefined) setRead({ invited_by_address, invited_as_customer });
        changed();
      } catch (error) {
        setWrong(Problem.of(error).errors);
        throw error;
      }
    });
  const upload = (event: Event): void => {
    const input = event.currentTarget as HTMLInputElement;
    const file = input.files?.[0];
    // The same file again, mended, is a change, too.
    if (file) void send('PUT', file).then(() => (input.value = ''));
  };
  const open = (): void => (setCount(sale.invited_count ?? 0), setRead(undefined), setWrong([]), setRemoving(false), setOpen(true));
  return (
    <>
      <button type="button" onClick={open}>
        {text.open}
      </button>
      {isOpen && (
        <Dialog title={text.open} close={() => setOpen(false)} leave={words.done}>
          <Trouble text={problem} />
          {wrong.length > 0 && (
            <ul class="wrong-lines">
              {wrong.map(({ field, detail }) => (
                <li key={field}>{`${field}: ${detail}`}</li>
              ))}
            </ul>
          )}
          <p role="status">{busy ? text.reading : count ? text.count(number(count)) : text.everybody}</p>
          {read && <p data-read-as>{text.readAs(number(read.invited_by_address), number(read.invited_as_customer))}</p>}
          <p>{text.what}</p>
          <label>
            {text.file}
            <input type="file" accept=".csv,.txt,text/csv,text/plain" disabled={busy} onChange={upload} />
          </label>
          {count > 0 && !isRemoving && (
            <p>
              <button class="danger" type="button" disabled={busy} onClick={() => setRemoving(true)}>
                {text.remove}
              </button>
            </p>
          )}
          {count > 0 && isRemoving && <Removal name={sale.name} busy={busy} run={() => void send('DELETE').then(() => setRemoving(false))} />}
        </Dialog>
      )}
    </>
  );
}

/** Asks for the name, as stopping does: a list that is removed cannot be had back, and a running sale is open to all at once. */
function Removal({ name, busy, run }: { name: string; busy: boolean; run: () => void }) {
  const [typed, setTyped] = useState('');
  return (
    <form class="fields" onSubmit={(event) => (event.preventDefault(), run())}>
      <p>{text.removeText}</p>
      <Field label={words.actions.typeName(name)} value={typed} set={setTyped} required />
      <button class="danger" type="submit" disabled={busy || typed.trim() !== name.trim()}>
        {text.removeNow}
      </button>
    </form>
  );
}
