import { useState } from 'preact/hooks';
import { words as admin } from '../../i18n/admin';
import { number } from '../../i18n/locale';
import { words } from '../../i18n/products';
import { Problem, type FieldProblem } from '../../shared/api';
import { useAction } from '../hooks';
import { Dialog, Trouble } from '../parts';
import { ask } from '../session';
import type { Imported } from '../types';

/** Products from a sheet: all of it, or the lines that are wrong. */
export function Import({ close }: { close: () => void }) {
  const [done, setDone] = useState<Imported>();
  const [wrong, setWrong] = useState<readonly FieldProblem[]>([]);
  const { busy, problem, act } = useAction();
  const send = (csv: Blob): Promise<boolean> =>
    act(async () => {
      setWrong([]);
      setDone(undefined);
      try {
        setDone(await ask<Imported>('/products.csv', { method: 'POST', csv }));
      } catch (error) {
        setWrong(Problem.of(error).errors);
        throw error;
      }
    });
  const upload = (event: Event): void => {
    const input = event.currentTarget as HTMLInputElement;
    const file = input.files?.[0];
    // The same file again, mended, is a change, too.
    if (file) void send(file).then(() => (input.value = ''));
  };
  return (
    <Dialog title={words.importTitle} close={close} leave={admin.done}>
      <Trouble text={problem} />
      {wrong.length > 0 && (
        <ul class="wrong-lines">
          {wrong.map(({ field, detail }) => (
            <li key={field + detail}>{`${field}: ${detail}`}</li>
          ))}
        </ul>
      )}
      <p role="status">
        {busy && words.importing}
        {done && words.imported(number(done.made), number(done.changed), number(done.unchanged))}
      </p>
      <p>{words.importHint}</p>
      <label>
        {words.importFile}
        <input type="file" accept=".csv,text/csv" disabled={busy} onChange={upload} />
      </label>
    </Dialog>
  );
}
