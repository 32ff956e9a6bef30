/** The way to the page where somebody signs in with their account. */
import { useEffect, useState } from 'preact/hooks';
import { words } from '../../i18n/account';
import { call, Problem } from '../../shared/api';
import { email } from '../session';
import type { WayProps } from '../SignIn';
import type { AccountAnswer, AccountRequest } from '../types';

export function AccountForm({ event, isFirst }: WayProps) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  // Who goes back in their browser finds the page as they left it.
  useEffect(() => {
    const free = (): void => setBusy(false);
    addEventListener('pageshow', free);
    return () => removeEventListener('pageshow', free);
  }, []);
  const go = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      const body: AccountRequest = { event_id: event };
      const { url } = await call<AccountAnswer>('/api/v1/sessions/account', { method: 'POST', body });
      location.assign(url);
    } catch (error) {
      setProblem(Problem.of(error));
      setBusy(false);
    }
  };
  return (
    <section class="fields" data-sign-in="account" aria-labelledby="with-account">
      <h2 id="with-account">{isFirst ? words.title : words.or}</h2>
      {isFirst && <p>{email() === undefined ? words.why : words.whyNotMail}</p>}
      <button class={isFirst ? 'primary' : ''} type="button" disabled={busy} onClick={() => void go()}>
        {words.go}
      </button>
      <p class="soft">{words.leads}</p>
      {problem && (
        <p class="notice bad" role="alert">
          {said(problem)}
        </p>
      )}
    </section>
  );
}

function said({ kind }: Problem): string {
  if (kind === 'account_unavailable') return words.away;
  if (kind === 'no_accounts') return words.notHere;
  return kind === 'rate_limited' ? words.tooMany : words.notNow;
}
