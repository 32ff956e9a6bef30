/** Who opens the link of an invitation chooses a password, and sets up an app that shows codes. */
import { useEffect, useState } from 'preact/hooks';
import { words } from '../../i18n/admin';
import { number } from '../../i18n/locale';
import { words as text } from '../../i18n/people';
import { Problem } from '../../shared/api';
import { useAction, useLoad } from '../hooks';
import { Title, Trouble } from '../parts';
import { join, lookAtLink } from '../session';
import type { JoinView } from '../types';
import { CodeInput } from './CodeInput';
import { Factor } from './Factor';
import { LENGTH_MAX, LENGTH_MIN } from './lengths';
import { Once } from './Once';

export function Join({ token, done }: { token: string; done: () => void }) {
  const { value: view, problem } = useLoad(() => lookAtLink(token).catch(refused), [token]);
  const [codes, setCodes] = useState<string[]>();
  // The link is good once and must not stay in the history of a browser that others use.
  useEffect(() => history.replaceState(null, '', '#/join'), []);
  if (codes) return <Codes codes={codes} done={done} />;
  return (
    <section class="card narrow">
      <Title text={text.join} />
      <Trouble text={problem} />
      {view && <Choose token={token} view={view} joined={setCodes} />}
    </section>
  );
}

function Choose({ token, view, joined }: { token: string; view: JoinView; joined: (codes: string[]) => void }) {
  const { busy, problem, act } = useAction();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    const [password, code] = [String(given.get('password')), String(given.get('code')).trim()];
    await act(async () => joined((await join(token, password, code).catch(refused)).recovery_codes));
  };
  return (
    <form class="fields" onSubmit={(event) => void submit(event)}>
      <p>{text.hello(view.name, words.roles[view.role])}</p>
      <label>
        {text.email}
        <input name="username" type="email" autocomplete="username" value={view.email} readOnly />
      </label>
      <label>
        {text.choose}
        <input name="password" type="password" autocomplete="new-password" minLength={LENGTH_MIN} maxLength={LENGTH_MAX} required />
      </label>
      <small>{text.length(number(LENGTH_MIN), number(LENGTH_MAX))}</small>
      <h2>{text.setUp}</h2>
      <Factor view={view} />
      <CodeInput label={text.firstCode} />
      <Trouble text={problem} />
      <button class="primary" type="submit" disabled={busy}>
        {text.join}
      </button>
    </form>
  );
}

function Codes({ codes, done }: { codes: string[]; done: () => void }) {
  return (
    <section class="card narrow fields">
      <Title text={text.recovery} />
      <p>{text.recoveryText}</p>
      <Once secret={codes.join('\n')} />
      <button class="primary" type="button" onClick={done}>
        {text.goOn}
      </button>
    </section>
  );
}

const refused = (error: unknown): never => {
  if (!(error instanceof Problem)) throw error;
  if (error.kind === 'not_found') throw new Error(text.noLink);
  if (error.kind === 'too_many_guesses') throw new Error(text.tooMany);
  if (error.kind === 'invalid' && error.detail.startsWith('code')) throw new Error(text.codeWrong);
  throw error;
};
