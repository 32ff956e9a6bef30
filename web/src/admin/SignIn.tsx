import { useState } from 'preact/hooks';
import { words } from '../i18n/admin';
import { exactly } from '../i18n/locale';
import { words as text } from '../i18n/people';
import { Problem } from '../shared/api';
import { useAction } from './hooks';
import { Title, Trouble } from './parts';
import { CodeInput } from './people/CodeInput';
import { signIn, signInAs } from './session';

/** With an account, or with an API token. */
export function SignIn({ reason, done }: { reason: string; done: () => void }) {
  const [byToken, setByToken] = useState(false);
  const { busy, problem, act } = useAction();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    const of = (name: string): string => String(given.get(name));
    const enter = (): Promise<void> => (byToken ? signIn(of('token').trim()) : signInAs(of('username').trim(), of('password'), of('code').trim()));
    if (await act(() => enter().catch(refused))) done();
  };
  return (
    <form key={String(byToken)} class="card narrow fields" onSubmit={(event) => void submit(event)}>
      <Title text={words.signIn} />
      <Trouble text={reason || problem} />
      {byToken ? (
        <label>
          {words.token}
          <input name="token" type="password" autocomplete="off" required />
        </label>
      ) : (
        <>
          <label>
            {text.email}
            <input name="username" type="email" autocomplete="username" required />
          </label>
          <label>
            {text.password}
            <input name="password" type="password" autocomplete="current-password" required />
          </label>
          <CodeInput label={text.code} />
        </>
      )}
      <button class="primary" type="submit" disabled={busy}>
        {words.signIn}
      </button>
      <button class="other-way" type="button" onClick={() => setByToken(!byToken)}>
        {byToken ? text.withPassword : text.withToken}
      </button>
    </form>
  );
}

const SAID: Record<string, string> = { unauthorized: words.tokenUnknown, credentials_wrong: text.wrong, too_many_guesses: text.tooMany };

const refused = (error: unknown): never => {
  if (!(error instanceof Problem)) throw error;
  if (error.kind === 'rate_limited' && error.retryAfterMs) throw new Error(text.tooOften(exactly(error.retryAfterMs)));
  throw SAID[error.kind] ? new Error(SAID[error.kind]) : error;
};
