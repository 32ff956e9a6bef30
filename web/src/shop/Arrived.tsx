import { useState } from 'preact/hooks';
import { words } from '../i18n/shop';
import { become, type Arrival } from './arrival';

/** What must be said, or asked, of whoever comes as a customer of the shop, or back from the page of their account. */
export function Arrived({ arrival, turn }: { arrival: Arrival; turn: (next: Arrival | undefined) => void }) {
  const [busy, setBusy] = useState(false);
  const act = (action: () => Promise<Arrival | undefined | void>) => async (): Promise<void> => {
    setBusy(true);
    turn((await action()) ?? undefined);
    setBusy(false);
  };
  if (arrival.what === 'failed') {
    const { text, again } = arrival;
    return (
      <p class="notice bad" role="alert">
        {text}{' '}
        {again && (
          <button type="button" disabled={busy} onClick={act(again)}>
            {words.signInAgain}
          </button>
        )}
      </p>
    );
  }
  const { session, text } = arrival;
  return (
    <section class="notice" role="alert" data-arrival="holds">
      <p>{text}</p>
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
