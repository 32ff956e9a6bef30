import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { isolate, language, momentBeside, timeOf } from '../i18n/locale';
import { words } from '../i18n/shop';
import { now } from '../shared/clock';
import { Countdown } from './Countdown';
import { useNow } from './hooks';
import { lobbyPhase, mayClick } from './rules/lobby';
import { has, type State } from './rules/state';
import { standingOf, type Standing } from './rules/status';
import type { Sale } from './types';

const TONE: Record<Standing, '' | 'good' | 'warn' | 'bad' | 'accent'> = {
  offline: 'warn',
  stopped: 'bad',
  ended: '',
  paused: 'warn',
  stalled: 'warn',
  waits: 'accent',
  lobby_before: 'accent',
  lobby_open: 'good',
  lobby_closed: 'accent',
  upcoming: 'accent',
  opening: 'accent',
  sold_out: '',
  active: 'good',
};

/** How the sale stands: the one place of the page that says so. */
export function Status({ state, sale, children }: { state: State; sale: Sale; children?: ComponentChildren }) {
  const at = useNow();
  const standing = standingOf(state, at) ?? 'active';
  const lostAtMs = useSince(state.link === 'lost');
  return (
    <section class={`status ${TONE[standing]}${children ? ' before' : ''}`} data-status={standing}>
      <div role="status">
        <strong class="status-title">{titleOf(standing)}</strong>
        <Said state={state} sale={sale} standing={standing} lostAtMs={lostAtMs} />
        {state.link === 'polling' && <p>{words.polling}</p>}
      </div>
      {children ?? <Clock sale={sale} standing={standing} knowsTheEnd={state.knowsTheEnd} nowMs={at} />}
    </section>
  );
}

function titleOf(standing: Standing): string {
  switch (standing) {
    case 'offline':
      return words.offlineTitle;
    case 'stopped':
    case 'ended':
    case 'paused':
    case 'upcoming':
      return words.status[standing];
    case 'lobby_before':
      return words.lobbySoon;
    case 'lobby_open':
      return words.lobbyOpen;
    case 'lobby_closed':
      return words.lobbyClosed;
    case 'opening':
      return words.opening;
    case 'sold_out':
      return words.soldOut;
    default:
      return words.status.active;
  }
}

/** What it means, also for what this shopper has. */
function Said({ state, sale, standing, lostAtMs }: { state: State; sale: Sale; standing: Standing; lostAtMs: number | undefined }) {
  const { wish, leaving } = state;
  // Our sentence goes on with its own full stop.
  const reason = sale.status_reason && isolate(sale.status_reason.replace(/[.。]+\s*$/u, ''));
  const mine = leaving ? 'nothing' : has(state);
  const whilePaused = { place: words.placeKept, reservation: words.reservationKept, purchase: '', nothing: '' }[mine];
  // Otherwise the time to pay goes on.
  const kept = mine === 'reservation' ? words.reservationRuns : whilePaused;
  switch (standing) {
    case 'offline':
      return (
        <p>
          {words.offline} {kept} {lostAtMs !== undefined && words.asOf(timeOf(lostAtMs))}
        </p>
      );
    case 'paused':
      return (
        <p>
          {reason ? words.pausedBecause(reason) : words.paused} {leaving ? words.leavingPaused : wish ? whilePaused : mayClick(sale, now()) && words.mayEnter}{' '}
          {words.frozen}
        </p>
      );
    case 'stopped':
      return (
        <p>
          {reason && words.stoppedBecause(reason)} {mine === 'reservation' && words.stillPayable}
        </p>
      );
    case 'stalled':
      return (
        <p>
          {words.stalled} {kept}
        </p>
      );
    case 'waits':
      return sale.lobby?.waits_for ? <p>{words.drawWaits[sale.lobby.waits_for]}</p> : null;
    default:
      return null;
  }
}

/** What is counted down to, if anything. */
function Clock({ sale, standing, knowsTheEnd, nowMs }: { sale: Sale; standing: Standing; knowsTheEnd: boolean; nowMs: number }) {
  const { lobby, opens_at_ms, closes_at_ms, status, event_id } = sale;
  const opensLater = status === 'upcoming' && nowMs < opens_at_ms;
  const phase = lobbyPhase(sale, nowMs);
  return (
    <div class="when">
      {lobby && (phase === 'before' || phase === 'open') && (
        <Line label={phase === 'before' ? words.lobbyOpensIn : words.lobbyClosesIn}>
          <Countdown to={phase === 'before' ? lobby.opens_at_ms : lobby.closes_at_ms} />
        </Line>
      )}
      {opensLater && (
        <Line label={words.opensIn}>
          <Countdown to={opens_at_ms} />
        </Line>
      )}
      {opensLater && (
        <p class="date">
          {momentBeside(opens_at_ms, lobby?.closes_at_ms ?? 0)} ·{' '}
          <a href={`/api/v1/sales/${event_id}/calendar.ics?language=${language}`}>{words.addToCalendar}</a>
        </p>
      )}
      {(standing === 'active' || standing === 'sold_out' || standing === 'stalled' || standing === 'waits') && knowsTheEnd && (
        <Line label={words.closesIn}>
          <Countdown to={closes_at_ms} />
        </Line>
      )}
    </div>
  );
}

const Line = ({ label, children }: { label: string; children: ComponentChildren }) => (
  <p>
    <span>{label}</span> {children}
  </p>
);

/** When something began that is so now, on the server's clock. */
function useSince(is: boolean): number | undefined {
  const [atMs, set] = useState<number>();
  useEffect(() => set(is ? now() : undefined), [is]);
  return atMs;
}
