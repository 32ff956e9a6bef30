import { words } from '../i18n/admin';
import { Problem } from '../shared/api';
import { useAction } from './hooks';
import { Title, Trouble } from './parts';
import { signIn } from './session';

export function SignIn({ reason, done }: { reason: string; done: () => void }) {
  const { busy, problem, act } = useAction();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const given = String(new FormData(event.currentTarget as HTMLFormElement).get('token')).trim();
    if (await act(() => signIn(given).catch(refused))) done();
  };
  return (
    <form class="card narrow fields" onSubmit={(event) => void submit(event)}>
      <Title text={words.signIn} />
      <Trouble text={reason || problem} />
      <label>
        {words.token}
        <input name="token" type="password" autocomplete="current-password" required />
      </label>
      <button class="primary" type="submit" disabled={busy}>
        {words.signIn}
      </button>
    </form>
  );
}

const refused = (error: unknown): never => {
  throw error instanceof Problem && error.status === 401 ? new Error(words.tokenUnknown) : error;
};
