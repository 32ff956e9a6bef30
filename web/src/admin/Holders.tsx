import { useState } from 'preact/hooks';
import { words } from '../i18n/admin';
import { momentOf, number } from '../i18n/locale';
import { Field } from './fields';
import { useAction, useLoad } from './hooks';
import { Dialog, Table, Trouble } from './parts';
import { ask, change } from './session';
import type { Aside, Holders as Held } from './types';

const text = words.holders;
const LOOK_EVERY_MS = 10_000;

/** Who holds the units of a sale, and from where; read while it is open. */
export function Holders({ event }: { event: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="card" onToggle={(toggled) => setOpen(toggled.currentTarget.open)}>
      <summary>{text.title}</summary>
      {isOpen && <Lists event={event} />}
    </details>
  );
}

function Lists({ event }: { event: string }) {
  const held = useLoad(() => ask<Held>(`/events/${event}/holders`), [event], LOOK_EVERY_MS);
  const [asked, setAsked] = useState<Aside>();
  const { busy, problem, act } = useAction();
  const run = async (path: string, aside: Aside): Promise<void> => {
    if (await act(() => change(`/events/${event}/${path}`, aside))) {
      setAsked(undefined);
      void held.look();
    }
  };
  const { addresses = [], shoppers = [], put_aside: aside = [] } = held.value ?? {};
  return (
    <>
      <Trouble text={held.problem || (asked ? '' : problem)} />
      <p>{text.hint}</p>
      {addresses.length > 0 && (
        <Table label={text.byAddress} head={[text.address, text.shoppers, ...text.counts, text.putAside]}>
          {addresses.map((row, index) => (
            <tr key={row.address ?? index}>
              <th scope="row">
                <bdi>{row.address ?? '–'}</bdi>
              </th>
              <td>{number(row.shoppers)}</td>
              <Counts row={row} ask={row.address ? () => setAsked({ address: row.address }) : undefined} />
            </tr>
          ))}
        </Table>
      )}
      {shoppers.length > 0 && (
        <Table label={text.byShopper} head={[text.shopper, ...text.counts, text.putAside]}>
          {shoppers.map((row) => (
            <tr key={row.shopper_id}>
              <th scope="row">
                <bdi>{row.shopper_id}</bdi>
              </th>
              <Counts row={row} ask={() => setAsked({ shopper_id: row.shopper_id })} />
            </tr>
          ))}
        </Table>
      )}
      {aside.length > 0 && (
        <Table label={text.aside} head={[text.aside, text.reason, text.since, text.endNow]}>
          {aside.map(({ address, shopper_id, reason, since }) => (
            <tr key={address ?? shopper_id}>
              <th scope="row">
                <bdi>{address ?? shopper_id}</bdi>
              </th>
              <td>{reason}</td>
              <td>{momentOf(since)}</td>
              <td>
                <button type="button" disabled={busy} onClick={() => void run('put-aside/end', address ? { address } : { shopper_id })}>
                  {text.endNow}
                </button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      {asked && (
        <Dialog title={text.putAside} close={() => setAsked(undefined)}>
          <Trouble text={problem} />
          <PutAside who={asked} busy={busy} run={(reason) => void run('put-aside', { ...asked, reason })} />
        </Dialog>
      )}
    </>
  );
}

function Counts({ row, ask }: { row: Held['shoppers'][number] | Held['addresses'][number]; ask: (() => void) | undefined }) {
  return (
    <>
      <td>{number(row.holding)}</td>
      <td>{number(row.waiting)}</td>
      <td>{number(row.bought)}</td>
      <td>{number(row.came_to_nothing)}</td>
      <td>
        {row.put_aside ? (
          text.isAside
        ) : (
          ask && (
            <button type="button" onClick={ask}>
              {text.putAside}
            </button>
          )
        )}
      </td>
    </>
  );
}

function PutAside({ who, busy, run }: { who: Aside; busy: boolean; run: (reason: string) => void }) {
  const [reason, setReason] = useState('');
  return (
    <form class="fields" onSubmit={(event) => (event.preventDefault(), run(reason))}>
      <p>
        <bdi>{who.address ?? who.shopper_id}</bdi>
      </p>
      <p>{text.putAsideText}</p>
      <Field label={text.reason} value={reason} set={setReason} required />
      <button class="danger" type="submit" disabled={busy}>
        {text.putAside}
      </button>
    </form>
  );
}
