/** How a sale stands, in one word, by all that is known: no two places of the page may say different things of it. */
import { isSoldOut } from '../states';
import { lobbyPhase } from './lobby';
import type { State } from './state';

export type Standing =
  /** There is no connection, and so nothing new is known. */
  | 'offline'
  | 'stopped'
  | 'ended'
  | 'paused'
  /** The line does not move though it should. */
  | 'stalled'
  /** Open, and decided in an order that is not known yet. */
  | 'waits'
  | 'lobby_before'
  | 'lobby_open'
  | 'lobby_closed'
  | 'upcoming'
  /** Its time has come, and nobody has said yet that it is open. */
  | 'opening'
  | 'sold_out'
  | 'active';

export function standingOf({ sale, link, stalled }: Pick<State, 'sale' | 'link' | 'stalled'>, nowMs: number): Standing | undefined {
  if (!sale) return undefined;
  const { status, opens_at_ms, lobby } = sale;
  // Neither comes back.
  if (status === 'stopped' || status === 'ended') return status;
  if (link === 'lost') return 'offline';
  if (status === 'paused') return 'paused';
  const phase = lobbyPhase(sale, nowMs);
  if (phase) return `lobby_${phase}`;
  if (lobby?.waits_for) return 'waits';
  if (status === 'upcoming') return nowMs < opens_at_ms ? 'upcoming' : 'opening';
  if (stalled) return 'stalled';
  return isSoldOut(sale) ? 'sold_out' : 'active';
}

/** Whether the figures of the sale are told as they change. */
export const isLive = (standing: Standing | undefined): boolean => standing !== 'offline' && standing !== 'paused';
