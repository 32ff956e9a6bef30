/** A new API token: as what, for how long, and if wanted with fewer rights than its role, or for one sale alone. */
import { useState } from 'preact/hooks';
import { words } from '../../i18n/admin';
import { number } from '../../i18n/locale';
import { words as text } from '../../i18n/people';
import { Choice, Field } from '../fields';
import { useAction, useLoad } from '../hooks';
import { Dialog, Trouble } from '../parts';
import { ask, change } from '../session';
import type { EventList, NewToken, Right, Role } from '../types';
import { Once } from './Once';
import { RIGHTS } from './roles';

const DAY_MS = 86_400_000;
const LASTS_DAYS = ['7', '30', '90', '365'] as const;
type Days = (typeof LASTS_DAYS)[number];
/** Sales to choose from: the latest. */
const SALES_MAX = 200;

export function MakeToken({ close }: { close: () => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [left, setLeft] = useState<Right[]>([]);
  const [sale, setSale] = useState('');
  const [days, setDays] = useState<Days>('90');
  const [secret, setSecret] = useState<string>();
  const { busy, problem, act } = useAction();
  const sales = useLoad(() => ask<EventList>(`/events?limit=${SALES_MAX}`), []).value?.events ?? [];
  const rights = RIGHTS[role].filter((right) => !left.includes(right));
  const choose = (right: Right, isOn: boolean): void => setLeft(isOn ? left.filter((one) => one !== right) : [...left, right]);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const expires_at = new Date(Date.now() + Number(days) * DAY_MS).toISOString();
    const narrower = { ...(rights.length < RIGHTS[role].length && { rights }), ...(sale && { event_id: sale }) };
    await act(async () => {
      if (rights.length === 0) throw new Error(text.noRight);
      setSecret((await change<NewToken>('/tokens', { name: name.trim(), role, expires_at, ...narrower })).token);
    });
  };
  return (
    <Dialog title={words.tokens.create} close={close} leave={secret ? words.done : words.neverMind}>
      <Trouble text={problem} />
      {secret ? (
        <>
          <p>{words.tokens.secret}</p>
          <Once secret={secret} />
        </>
      ) : (
        <form class="fields" onSubmit={(event) => void submit(event)}>
          <Field label={words.tokens.name} value={name} set={setName} required />
          <Choice
            label={words.tokens.role}
            value={role}
            set={(role) => (setRole(role), setLeft([]))}
            options={Object.entries(words.roles) as [Role, string][]}
            hint={words.tokens.may[role]}
          />
          <fieldset class="rights">
            <legend>{text.mayDo}</legend>
            {RIGHTS[role].map((right) => (
              <label key={right} class="check">
                <input type="checkbox" checked={!left.includes(right)} onChange={(change) => choose(right, change.currentTarget.checked)} /> {text.rights[right]}
              </label>
            ))}
          </fieldset>
          <Choice
            label={text.forSale}
            value={sale}
            set={setSale}
            options={[['', text.allSales], ...sales.map(({ id, name }) => [id, name] as const)]}
            hint={sale && text.forSaleText}
          />
          <Choice
            label={words.tokens.lasts}
            value={days}
            set={setDays}
            options={LASTS_DAYS.map((days) => [days, words.tokens.days(number(Number(days)))] as const)}
          />
          <button class="primary" type="submit" disabled={busy}>
            {words.tokens.createNow}
          </button>
        </form>
      )}
    </Dialog>
  );
}
