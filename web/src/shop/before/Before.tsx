/** A sale that is yet to open: how long that takes, and what can be done until then. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { countdownParts, language, roughly, wholeMoment } from '../../i18n/locale';
import { words } from '../../i18n/shop';
import { Countdown } from '../Countdown';
import { useNow } from '../hooks';
import { TellMe } from '../notifications/TellMe';
import { lobbyPhase } from '../rules/lobby';
import type { Sale } from '../types';
import { Choices } from './Choices';

/** When it is said how much is left to who does not see it: neither each second, nor never. */
const SAID_AT_MS = [3_600_000, 600_000, 60_000, 10_000];
/** What is said is taken back: it is not true for long. */
const SAID_FOR_MS = 8_000;

export function Before({ sale }: { sale: Sale }) {
  const { lobby, opens_at_ms, event_id } = sale;
  const now = useNow();
  const phase = lobbyPhase(sale, now);
  const [label, to] =
    lobby && phase === 'before' ? [words.lobbyOpensIn, lobby.opens_at_ms]
    : lobby && phase === 'open' ? [words.lobbyClosesIn, lobby.closes_at_ms]
    : [words.opensIn, opens_at_ms];
  const spoken = useSpoken(label, to, now);
  return (
    <>
      <p class="before-label">{label}</p>
      <div class="tiles" role="timer" aria-live="off">
        {countdownParts(to - now).map(({ unit, digits, name }) => (
          <span key={unit} class="tile">
            <b>{digits}</b> <small>{name}</small>{' '}
          </span>
        ))}
      </div>
      <p class="hidden-but-read" role="status">
        {spoken}
      </p>
      <p class="date">
        <time dateTime={new Date(to).toISOString()}>{wholeMoment(to)}</time>
      </p>
      {to !== opens_at_ms && (
        <p class="soft">
          {words.opensIn} <Countdown to={opens_at_ms} /> · <time dateTime={new Date(opens_at_ms).toISOString()}>{wholeMoment(opens_at_ms)}</time>
        </p>
      )}
      <div class="choices">
        <TellMe event={event_id} hasLobby={lobby !== undefined} takesPart={false} title={words.remindMe}>
          <a class="button" href={`/api/v1/sales/${event_id}/calendar.ics?language=${language}`}>
            {words.addToCalendar}
          </a>
        </TellMe>
        <Choices sale={sale} />
      </div>
    </>
  );
}

/** How much is left, while it is said: once for each of the moments that it passes. */
function useSpoken(label: string, to: number, now: number): string {
  const passed = SAID_AT_MS.findLast((ms) => to - now <= ms && to > now);
  const before = useRef({ to, passed });
  const [said, say] = useState('');
  useEffect(() => {
    const isNew = before.current.to === to && before.current.passed !== passed && passed !== undefined;
    before.current = { to, passed };
    if (!isNew) return undefined;
    say(`${label} ${roughly(passed)}`);
    const silence = setTimeout(() => say(''), SAID_FOR_MS);
    return () => clearTimeout(silence);
  }, [to, passed]);
  return said;
}
