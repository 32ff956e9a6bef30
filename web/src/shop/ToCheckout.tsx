import { useState } from 'preact/hooks';
import { words } from '../i18n/shop';
import { Problem } from '../shared/api';
import { within } from './jitter';
import { ProblemNotice } from './ProblemNotice';
import { around } from './rules/pause';
import { callAsShopper } from './session';
import type { Shell } from './shell';
import type { Attempt, Handover } from './types';

/** How often it is asked for before the shopper is told that it did not work: a reservation may yet have to be recorded. */
const TRIES = 5;
const AGAIN_AFTER_MS = 1_000;

/** On to the shop's own checkout. What becomes of it is told here, whenever the shopper comes back. */
export function ToCheckout({ shell, attempt }: { shell: Shell; attempt: Attempt }) {
  const { paying, leaving } = shell.state;
  const [isGoing, setGoing] = useState(false);
  const [problem, setProblem] = useState<{ kind: string }>();
  const go = async (): Promise<void> => {
    setGoing(true);
    setProblem(undefined);
    try {
      location.assign((await handover(attempt)).url);
    } catch (error) {
      const { kind, isPassing } = Problem.of(error);
      // Nobody goes on trying.
      setProblem({ kind: isPassing ? 'other' : kind });
    } finally {
      // Whoever comes back with the browser's button finds the page as it was.
      setGoing(false);
    }
  };
  if (paying) return <p class="notice">{words.confirmingAtShop}</p>;
  return (
    <>
      <p>{words.payAtShop}</p>
      {problem && <ProblemNotice problem={problem} />}
      <button class="primary" type="button" disabled={isGoing || leaving} onClick={() => void go()}>
        {isGoing ? words.oneMoment : words.toCheckout}
      </button>
    </>
  );
}

/** @throws {Problem} when it is refused, or not answered in so many tries. */
async function handover({ event_id, attempt_id }: Attempt): Promise<Handover> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await callAsShopper<Handover>(`/api/v1/sales/${event_id}/reservations/${attempt_id}/handover`, { method: 'POST' });
    } catch (error) {
      const { isPassing, retryAfterMs = AGAIN_AFTER_MS } = Problem.of(error);
      if (!isPassing || tries === TRIES) throw error;
      await new Promise((go) => setTimeout(go, within(around(retryAfterMs))));
    }
  }
}
