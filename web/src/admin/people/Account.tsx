/** One's own account: another password, another second factor, other recovery codes. Each asks for what one signs in with. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { words } from '../../i18n/admin';
import { number } from '../../i18n/locale';
import { words as text } from '../../i18n/people';
import { useAction, useLoad } from '../hooks';
import { Title, Trouble } from '../parts';
import { ask } from '../session';
import type { FactorView, Me, RecoveryCodes } from '../types';
import { CodeInput } from './CodeInput';
import { Codes } from './Codes';
import { LENGTH_MAX, LENGTH_MIN } from './lengths';
import { Factor } from './Factor';
import { refusedHere } from './refusedHere';

export function Account({ me }: { me: Me }) {
  const [codes, setCodes] = useState<string[]>();
  if (!me.person) return <Title text={words.nowhere} />;
  if (codes) return <Codes name={me.name} codes={codes} done={() => setCodes(undefined)} />;
  return (
    <>
      <Title text={text.account} />
      <p>{text.accountOf(me.name, me.person.email, words.roles[me.role])}</p>
      <p>{text.othersEnd}</p>
      <Password email={me.person.email} />
      <NewFactor changed={setCodes} />
      <OtherCodes changed={setCodes} />
    </>
  );
}

interface PartProps {
  title: string;
  action: string;
  /** Sends what was typed. */
  send: (of: (name: string) => string) => Promise<void>;
  children: ComponentChildren;
}

/** One change, with what one signs in with. */
function Part({ title, action, send, children }: PartProps) {
  const [isDone, setIsDone] = useState(false);
  const { busy, problem, act } = useAction();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const given = new FormData(form);
    setIsDone(false);
    if (await act(() => send((name) => String(given.get(name))).catch(refusedHere))) {
      form.reset();
      setIsDone(true);
    }
  };
  return (
    <form class="card narrow-part fields" aria-label={title} onSubmit={(event) => void submit(event)}>
      <h2>{title}</h2>
      {children}
      <Trouble text={problem} />
      {isDone && <p role="status">{text.changed}</p>}
      <button type="submit" disabled={busy}>
        {action}
      </button>
    </form>
  );
}

const CurrentPassword = () => (
  <label>
    {text.currentPassword}
    <input name="current" type="password" autocomplete="current-password" required />
  </label>
);

function Password({ email }: { email: string }) {
  const send = async (of: (name: string) => string): Promise<void> => {
    if (of('new') !== of('again')) throw new Error(text.notTheSame);
    await ask('/account/password', { method: 'POST', body: { current_password: of('current'), new_password: of('new') } });
  };
  return (
    <Part title={text.otherPassword} action={text.changePassword} send={send}>
      <input name="username" type="email" autocomplete="username" value={email} hidden readOnly />
      <CurrentPassword />
      <label>
        {text.newPassword}
        <input name="new" type="password" autocomplete="new-password" minLength={LENGTH_MIN} maxLength={LENGTH_MAX} required />
      </label>
      <small>{text.length(number(LENGTH_MIN), number(LENGTH_MAX))}</small>
      <label>
        {text.newPasswordAgain}
        <input name="again" type="password" autocomplete="new-password" required />
      </label>
    </Part>
  );
}

function NewFactor({ changed }: { changed: (codes: string[]) => void }) {
  const [isOpen, setIsOpen] = useState(false);
  return isOpen ? (
    <FactorForm changed={changed} />
  ) : (
    <section class="card narrow-part fields">
      <h2>{text.otherFactor}</h2>
      <p>{text.otherFactorText}</p>
      <button type="button" onClick={() => setIsOpen(true)}>
        {text.setUp}
      </button>
    </section>
  );
}

function FactorForm({ changed }: { changed: (codes: string[]) => void }) {
  const { value: view, problem } = useLoad(() => ask<FactorView>('/account/factor/look', { method: 'POST' }), []);
  const send = async (of: (name: string) => string): Promise<void> => {
    const body = { setup: view?.setup, new_code: of('new').trim(), current_password: of('current'), current_code: of('code').trim() };
    changed((await ask<RecoveryCodes>('/account/factor', { method: 'POST', body })).recovery_codes);
  };
  if (!view) return <Trouble text={problem} />;
  return (
    <Part title={text.otherFactor} action={text.changeFactor} send={send}>
      <Factor view={view} />
      <label>
        {text.firstCode}
        <input name="new" type="text" autocomplete="off" inputMode="numeric" maxLength={64} required />
      </label>
      <CurrentPassword />
      <CodeInput label={text.currentCode} />
    </Part>
  );
}

function OtherCodes({ changed }: { changed: (codes: string[]) => void }) {
  const send = async (of: (name: string) => string): Promise<void> => {
    const body = { current_password: of('current'), current_code: of('code').trim() };
    changed((await ask<RecoveryCodes>('/account/recovery-codes', { method: 'POST', body })).recovery_codes);
  };
  return (
    <Part title={text.otherCodes} action={text.makeCodes} send={send}>
      <p>{text.otherCodesText}</p>
      <CurrentPassword />
      <CodeInput label={text.code} />
    </Part>
  );
}
