import { useEffect, useState } from 'preact/hooks';
import { words } from '../../i18n/shop';
import type { Shell } from '../shell';
import type { Action } from '../types';
import { isOffered, stripe } from './stripe';

/** The bank has yet to answer; or asks whether it is the shopper who pays. */
export function AtBank({ shell, action }: { shell: Shell; action: Action | undefined }) {
  if (!action) return <p class="notice">{words.bankIsAsked}</p>;
  return (
    <>
      <p class="notice" role="alert">
        {words.bankAsks}
      </p>
      {action.type === 'redirect' ? (
        <a class="button primary" href={action.url}>
          {words.toBank}
        </a>
      ) : (
        <AskedHere shell={shell} clientSecret={action.client_secret} />
      )}
    </>
  );
}

/** By the gateway's script: at once, and again when the shopper wants to. */
function AskedHere({ shell, clientSecret }: { shell: Shell; clientSecret: string }) {
  const [problem, setProblem] = useState<string>();
  const [isAsking, setAsking] = useState(false);
  const gateway = shell.state.sale?.gateway;
  const askNow = async (): Promise<void> => {
    if (!gateway) return;
    if (!isOffered(gateway)) return setProblem(words.noPayment);
    setAsking(true);
    setProblem(undefined);
    try {
      const { error } = await (await stripe(gateway)).handleNextAction({ clientSecret });
      if (error) setProblem(error.message ?? words.problem);
    } catch {
      setProblem(words.gatewayAway);
    } finally {
      setAsking(false);
      // Whatever it was: the server knows what came of it.
      shell.send({ type: 'bank answered' });
    }
  };
  useEffect(() => {
    // In the tab that is looked at, of several.
    if (document.visibilityState === 'visible') void askNow();
  }, [clientSecret, gateway?.publishable_key]);
  return (
    <>
      {problem && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      <button class="primary" type="button" disabled={isAsking} onClick={() => void askNow()}>
        {words.toBank}
      </button>
    </>
  );
}
