import { useState } from 'preact/hooks';
import { words } from '../i18n/shop';
import { signOut, signOutEverywhere } from './arrival';

/** As whom somebody has signed in here, and the ways out. */
export function SignedIn({ said, isAccount }: { said: string; isAccount: boolean }) {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
  const leave = (way: () => Promise<void>) => async (): Promise<void> => {
    setBusy(true);
    setFailed(false);
    try {
      await way();
      document.getElementById('content')?.focus();
    } catch {
      setFailed(true);
    }
    setBusy(false);
  };
  return (
    <section class="card signed-in" aria-label={said}>
      <p>{said}</p>
      <p class="soft" id="sign-out-means">
        {words.signOutMeans} {isAccount && words.signOutAccount}
      </p>
      <p class="buttons">
        <button type="button" disabled={busy} aria-describedby="sign-out-means" onClick={leave(signOut)}>
          {words.signOut}
        </button>
        <button type="button" disabled={busy} aria-describedby="sign-out-means" onClick={leave(signOutEverywhere)}>
          {words.signOutEverywhere}
        </button>
      </p>
      {failed && (
        <p class="notice bad" role="alert">
          {words.signOutUnknown}
        </p>
      )}
    </section>
  );
}
