/** Who opens the link of an invitation chooses a password, and sets up an app that shows codes. */
import { useEffect } from 'preact/hooks';
import { words } from '../../i18n/admin';
import { isolate, number } from '../../i18n/locale';
import { words as text } from '../../i18n/people';
import { Problem } from '../../shared/api';
import { Squares } from '../../shared/qr/Squares';
import { useAction, useLoad } from '../hooks';
import { Title, Trouble } from '../parts';
import { isIn } from '../presence';
import { join, lookAtLink, signedInHere, tooMany } from '../session';
import type { JoinView } from '../types';
import { CodeInput } from './CodeInput';
import type { NewCodes } from './Codes';
import { Copy } from './Once';

const LENGTH_MIN = 12;
const LENGTH_MAX = 128;

export function Join({ token, joined }: { token: string; joined: (codes: NewCodes) => void }) {
  const { value: view, problem } = useLoad(() => lookAtLink(token).catch(refused), [token]);
  const { value: other } = useLoad(async () => (isIn() ? signedInHere() : undefined), []);
  // The link is good once and must not stay in the history of a browser that others use.
  useEffect(() => history.replaceState(null, '', '#/join'), []);
  return (
    <section class="card narrow">
      <Title text={text.join} />
      <Trouble text={problem} />
      {view && other && other.name !== view.name && <p class="notice">{text.otherHere(isolate(other.name))}</p>}
      {view && <Choose token={token} view={view} joined={joined} />}
    </section>
  );
}

function Choose({ token, view, joined }: { token: string; view: JoinView; joined: (codes: NewCodes) => void }) {
  const { busy, problem, act } = useAction();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    const [password, code] = [String(given.get('password')), String(given.get('code')).trim()];
    await act(async () => joined({ name: view.name, codes: (await join(token, password, code).catch(refused)).recovery_codes }));
  };
  return (
    <form class="fields" onSubmit={(event) => void submit(event)}>
      <p>{text.hello(isolate(view.name), words.roles[view.role])}</p>
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
      <p>{text.scan}</p>
      <div class="factor-qr">
        <Squares text={view.otpauth_url} label={text.qr} />
      </div>
      <p class="buttons">
        {text.here}
        <a class="button" href={view.otpauth_url}>
          {text.openApp}
        </a>
      </p>
      <p>
        {text.typed}
        <code class="secret" dir="ltr">
          {view.secret}
        </code>
      </p>
      <div class="buttons">
        <Copy what={view.secret} label={text.copySecret} />
      </div>
      <CodeInput label={text.firstCode} />
      <Trouble text={problem} />
      <button class="primary" type="submit" disabled={busy}>
        {text.join}
      </button>
    </form>
  );
}

const refused = (error: unknown): never => {
  if (!(error instanceof Problem)) throw error;
  if (error.kind === 'not_found') throw new Error(text.noLink);
  if (error.kind === 'too_many_guesses') throw new Error(tooMany(error));
  if (error.kind === 'invalid' && error.detail.startsWith('code')) throw new Error(text.codeWrong);
  throw error;
};
