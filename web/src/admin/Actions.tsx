import { useState } from 'preact/hooks';
import { words } from '../i18n/admin';
import { words as form } from '../i18n/form';
import { count } from './amount';
import { asksForSomething, DeleteBuyers } from './DeleteBuyers';
import { Choice, CountField, Field } from './fields';
import { useAction } from './hooks';
import { Invitations } from './Invitations';
import { DraftActions } from './DraftActions';
import { Dialog, Trouble } from './parts';
import { change, may } from './session';
import type { SaleEvent } from './types';

const text = words.actions;
type Asked = 'pause' | 'stop' | 'restock';

/** What this admin can do with a sale, as it stands: what is urgent comes first. */
export function Actions({ sale, changed }: { sale: SaleEvent; changed: () => void }) {
  const [asked, setAsked] = useState<Asked>();
  const { busy, problem, act } = useAction();
  const run = async (what: string, body: object = {}): Promise<void> => {
    if (await act(() => change(`/events/${sale.id}/${what}`, body))) {
      setAsked(undefined);
      changed();
    }
  };
  const { status } = sale;
  const runs = may('run');
  const isOver = status === 'ended' || status === 'stopped';
  return (
    <>
      <div class="buttons">
        {runs && <DraftActions sale={sale} changed={changed} />}
        {runs && (status === 'active' || status === 'upcoming') && (
          <button type="button" disabled={busy} onClick={() => setAsked('pause')}>
            {text.pause}
          </button>
        )}
        {runs && status === 'paused' && (
          <button class="primary" type="button" disabled={busy} onClick={() => void run('resume')}>
            {text.resume}
          </button>
        )}
        {runs && !isOver && status !== 'draft' && (
          <button class="danger" type="button" disabled={busy} onClick={() => setAsked('stop')}>
            {text.stop}
          </button>
        )}
        {runs && (status === 'draft' || status === 'upcoming') && (
          <a class="button" href={`#/events/${sale.id}/edit`}>
            {text.edit}
          </a>
        )}
        {runs && (
          <a class="button" href={`#/new?from=${sale.id}`}>
            {form.duplicate}
          </a>
        )}
        {runs && !isOver && sale.participation !== 'anyone' && <Invitations sale={sale} changed={changed} />}
        {runs && !isOver && (
          <button type="button" disabled={busy} onClick={() => setAsked('restock')}>
            {text.restock}
          </button>
        )}
        {status !== 'draft' && (
          <a class="button" href={`/sales/${sale.id}`}>
            {text.shopperPage}
          </a>
        )}
        {may('own') && asksForSomething(sale) && <DeleteBuyers sale={sale} />}
      </div>
      {!asked && <Trouble text={problem} />}
      {asked && (
        <Dialog title={text.titles[asked]} close={() => setAsked(undefined)}>
          <Trouble text={problem} />
          {asked === 'pause' && <Pause busy={busy} run={(reason) => void run('pause', { reason })} />}
          {asked === 'stop' && <Stop name={sale.name} busy={busy} run={(reason) => void run('stop', { reason })} />}
          {asked === 'restock' && <Restock sale={sale} busy={busy} run={(sku, units) => void run('restock', { sku, units })} />}
        </Dialog>
      )}
    </>
  );
}

function Pause({ busy, run }: { busy: boolean; run: (reason: string) => void }) {
  const [reason, setReason] = useState('');
  return (
    <form class="fields" onSubmit={(event) => (event.preventDefault(), run(reason))}>
      <p>{text.pauseText}</p>
      <Field label={text.reason} value={reason} set={setReason} required />
      <button class="primary" type="submit" disabled={busy}>
        {text.pauseNow}
      </button>
    </form>
  );
}

/** Asks twice: for a reason, and for the name. There is no way back. */
function Stop({ name, busy, run }: { name: string; busy: boolean; run: (reason: string) => void }) {
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  return (
    <form class="fields" onSubmit={(event) => (event.preventDefault(), run(reason))}>
      <p>{text.stopText}</p>
      <Field label={text.reason} value={reason} set={setReason} required />
      <Field label={text.typeName(name)} value={typed} set={setTyped} required />
      <button class="danger" type="submit" disabled={busy || typed.trim() !== name.trim()}>
        {text.stopNow}
      </button>
    </form>
  );
}

interface RestockProps {
  sale: SaleEvent;
  busy: boolean;
  run: (sku: string, units: number) => void;
}

/** By its name; with the SKU where another has the same one. */
function nameOf({ items, item_names: names }: SaleEvent, at: number): string {
  const [name, sku] = [names[at], items[at]?.sku ?? ''];
  return !name ? sku : names.filter((one) => one === name).length > 1 ? `${name} (${sku})` : name;
}

function Restock({ sale, busy, run }: RestockProps) {
  const [sku, setSku] = useState(sale.items[0]?.sku ?? '');
  const [units, setUnits] = useState('');
  return (
    <form class="fields" onSubmit={(event) => (event.preventDefault(), run(sku, count(units) ?? 0))}>
      {sale.status === 'paused' && <p>{text.restockPaused}</p>}
      <Choice label={words.item.product} value={sku} set={setSku} options={sale.items.map((item, at) => [item.sku, nameOf(sale, at)] as const)} />
      <CountField label={text.units} min={1} value={units} set={setUnits} required />
      <button class="primary" type="submit" disabled={busy}>
        {text.restockNow}
      </button>
    </form>
  );
}
