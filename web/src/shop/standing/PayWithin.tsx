import { useEffect, useRef } from 'preact/hooks';
import { words } from '../../i18n/shop';
import { now } from '../../shared/clock';
import { ring } from '../chime';
import { Remaining } from '../Countdown';
import { useNow } from '../hooks';
import { payWithinMs, type State } from '../rules/state';

/** When it is said that the time to pay runs out, and never in the first half of it: a short one is no alarm from its beginning. */
const warningsOf = (holdMs: number) => [
  { leftMs: 0, text: words.timeIsUp },
  { leftMs: Math.min(15_000, holdMs / 4), text: words.lastSeconds },
  { leftMs: Math.min(60_000, holdMs / 2), text: words.lastMinute },
];

/** The time left to pay: always in sight, and before it ends also spoken and heard. */
export function PayWithin({ state }: { state: State }) {
  useNow();
  const leftMs = payWithinMs(state, now());
  const isPaused = state.sale?.status === 'paused';
  // A payment that is under way counts, however long it takes.
  const isSilent = isPaused || (state.paying && !state.atBank) || leftMs === undefined;
  const holdMs = state.sale?.hold_ms ?? 0;
  const warnings = warningsOf(holdMs || Infinity);
  const reached = leftMs === undefined ? -1 : warnings.findIndex((one) => leftMs <= one.leftMs);
  const warning = isSilent ? undefined : warnings[reached];
  useChime(warning?.leftMs);
  if (leftMs === undefined) return null;
  return (
    <div class={`deadline ${reached < 0 || isPaused ? '' : reached === 2 ? 'soon' : 'last'}`}>
      <p>
        {state.atBank ? words.bankUntil : words.reservedUntil} <Remaining ms={leftMs} />
      </p>
      {holdMs > 0 && <progress max={holdMs} value={Math.min(holdMs, Math.max(0, leftMs))} aria-hidden="true" />}
      {isPaused && <p>{words.timeStandsStill}</p>}
      <p role="alert">{warning?.text}</p>
    </div>
  );
}

/** Rings when a warning begins while the page is open. */
function useChime(warning: number | undefined): void {
  const before = useRef(warning);
  useEffect(() => {
    const isNew = warning !== undefined && warning !== before.current;
    before.current = warning;
    if (isNew) ring();
  }, [warning]);
}
