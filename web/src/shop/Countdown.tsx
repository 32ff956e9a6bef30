import { countdown } from '../i18n/locale';
import { useNow } from './hooks';

/** Counts down to a moment of the server's time. */
export function Countdown({ to }: { to: number }) {
  return <Remaining ms={to - useNow()} />;
}

/** A time that runs, or stands still. Silent for screen readers, who would be told every second. */
export function Remaining({ ms }: { ms: number }) {
  return (
    <span class="countdown" role="timer" aria-live="off">
      {countdown(ms)}
    </span>
  );
}
