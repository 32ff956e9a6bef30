/** What can be done with a sale that nobody waits for yet: schedule it, take it back, delete it. */
import { useState } from 'preact/hooks';
import { words } from '../i18n/admin';
import { words as desk } from '../i18n/desk';
import { digits, isolate, separator } from '../i18n/locale';
import { loadedOf } from './draft';
import { shownOf } from './form/shown';
import { useAction } from './hooks';
import { Dialog, Trouble } from './parts';
import { ScheduleDialog } from './ScheduleDialog';
import { change, remove } from './session';
import type { SaleEvent } from './types';

const text = desk.draft;
type Asked = 'schedule' | 'delete' | 'back';

export function DraftActions({ sale, changed }: { sale: SaleEvent; changed: () => void }) {
  const [asked, setAsked] = useState<Asked>();
  const { busy, problem, act } = useAction();
  const path = `/events/${sale.id}`;
  /** What is changed is what was seen here. */
  const run = async (what: string): Promise<void> => {
    if (await act(() => change(`${path}/${what}`, {}, sale.version))) {
      setAsked(undefined);
      changed();
    }
  };
  const drop = async (): Promise<void> => {
    if (await act(() => remove(path, sale.version))) location.hash = '#/';
  };
  const isDraft = sale.status === 'draft';
  const close = (): void => setAsked(undefined);
  const missing = sale.items.length === 0 ? text.itemsNeeded : sale.checkout === 'handed_over' && !sale.checkout_url ? text.checkoutNeeded : '';
  return (
    <>
      {isDraft && (
        <button class="primary" type="button" onClick={() => setAsked('schedule')}>
          {words.actions.schedule}
        </button>
      )}
      {isDraft && (
        <button class="danger" type="button" onClick={() => setAsked('delete')}>
          {text.delete}
        </button>
      )}
      {sale.status === 'upcoming' && (
        <button type="button" onClick={() => setAsked('back')}>
          {text.back}
        </button>
      )}
      {asked === 'schedule' && missing && (
        <Dialog title={words.actions.titles.schedule} close={close}>
          <p>{missing}</p>
          <a class="button primary" href={`#${path}/edit?step=${sale.items.length === 0 ? 'sold' : 'rules'}`}>
            {text.complete}
          </a>{' '}
        </Dialog>
      )}
      {asked === 'schedule' && !missing && <Schedule sale={sale} busy={busy} problem={problem} close={close} run={() => void run('schedule')} />}
      {asked === 'delete' && (
        <Dialog title={text.deleteTitle} close={close}>
          <Trouble text={problem} />
          <p>{text.deleteText(isolate(sale.name))}</p>
          <button class="danger" type="button" disabled={busy} onClick={() => void drop()}>
            {text.delete}
          </button>{' '}
        </Dialog>
      )}
      {asked === 'back' && (
        <Dialog title={text.backTitle} close={close}>
          <Trouble text={problem} />
          <p>{text.backText}</p>
          <button class="primary" type="button" disabled={busy} onClick={() => void run('back-to-draft')}>
            {text.back}
          </button>{' '}
        </Dialog>
      )}
    </>
  );
}

function Schedule({ sale, run, ...rest }: { sale: SaleEvent; busy: boolean; problem: string; close: () => void; run: () => void }) {
  const { draft } = loadedOf(sale);
  const items = shownOf(draft, [], { digits: digits(sale.currency), separator }).items;
  const named = items.map((item, at) => ({ ...item, name: sale.item_names[at] ?? item.name }));
  return <ScheduleDialog draft={draft} items={named} gateway={sale.gateway ?? ''} schedule={run} {...rest} />;
}
