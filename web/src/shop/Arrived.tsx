import { useState } from 'preact/hooks';
import { isolate } from '../i18n/locale';
import { words } from '../i18n/shop';
import { become, signIn, type Arrival } from './arrival';

/** What must be said, or asked, of whoever comes as a customer of the shop. */
export function Arrived({ arrival, turn }: { arrival: Arrival; turn: (next: Arrival | undefined) => void }) {
  const [busy, setBusy] = useState(false);
  const act = (action: () => Promise<Arrival | undefined | void>) => async (): Promise<void> => {
    setBusy(true);
    turn((await action()) ?? undefined);
    setBusy(false);
  };
  if (arrival.what === 'failed') {
    const { problem, token } = arrival;
    return (
      <p class="notice bad" role="alert">
        {problem.isPassing ? words.signInLater : words.signInFailed}{' '}
        {problem.isPassing && (
          <button type="button" disabled={busy} onClick={act(() => signIn(token))}>
            {words.signInAgain}
          </button>
        )}
      </p>
    );
  }
  const { session } = arrival;
  return (
    <section class="notice" role="alert" data-arrival="holds">
      <p>{words.signInHolds(isolate(session.customer ?? ''))}</p>
      <p class="buttons">
        <button type="button" disabled={busy} onClick={act(async () => undefined)}>
          {words.signInNot}
        </button>
        <button class="danger" type="button" disabled={busy} onClick={act(() => become(session))}>
          {words.signInNow}
        </button>
      </p>
    </section>
  );
}
