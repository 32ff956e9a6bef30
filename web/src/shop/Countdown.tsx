import { countdown } from '../i18n/locale';
import { useNow } from './hooks';

/** Counts down to a moment of the server's time. Silent for screen readers, who would be told every second. */
export function Countdown({ to }: { to: number }) {
  return (
    <span class="countdown" role="timer" aria-live="off">
      {countdown(to - useNow())}
    </span>
  );
}
