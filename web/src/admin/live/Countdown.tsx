import { words } from '../../i18n/live';
import { countdown } from '../../i18n/locale';
import type { Figures, SaleEvent } from '../types';

/** How long until it starts or ends, by the server's clock. */
export function Countdown({ sale, figures: { status, server_time_ms: now } }: { sale: SaleEvent; figures: Figures }) {
  if (status === 'paused') return <p class="countdown">{words.endHeld}</p>;
  const [label, until] = status === 'upcoming' ? [words.startsIn, sale.opens_at] : [words.endsIn, sale.closes_at];
  if (status !== 'upcoming' && status !== 'active') return null;
  return (
    <p class="countdown">
      {label} <b>{countdown(Date.parse(until) - now)}</b>
    </p>
  );
}
