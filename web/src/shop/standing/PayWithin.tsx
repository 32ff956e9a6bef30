import { useEffect, useRef } from 'preact/hooks';
import { words } from '../../i18n/shop';
import { now } from '../../shared/clock';
import { ring } from '../chime';
import { Remaining } from '../Countdown';
import { useNow } from '../hooks';
import { payWithinMs, type State } from '../rules/state';

/** When it is said that the time to pay runs out. */
const WARNINGS = [
  { leftMs: 0, text: words.timeIsUp },
  { leftMs: 15_000, text: words.lastSeconds },
  { leftMs: 60_000, text: words.lastMinute },
];

/** The time left to pay: always in sight, and before it ends also spoken and heard. */
export function PayWithin({ state }: { state: State }) {
  useNow();
  const leftMs = payWithinMs(state, now());
  const isPaused = state.sale?.status === 'paused';
  // A payment that is under way counts, however long it takes.
  const isSilent = isPaused || (state.paying && !state.atBank) || leftMs === undefined;
  const warning = isSilent ? undefined : WARNINGS.find((one) => leftMs <= one.leftMs);
  useChime(warning?.leftMs);
  if (leftMs === undefined) return null;
  const holdMs = state.sale?.hold_ms ?? 0;
  return (
    <div class={`deadline ${leftMs > 60_000 || isPaused ? '' : leftMs > 15_000 ? 'soon' : 'last'}`}>
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
