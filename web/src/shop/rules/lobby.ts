/** The lobby of a sale that starts by draw, and from when on a click counts at all. */
import type { Sale } from '../types';
import type { Wish } from './state';

/** How it stands before the opening: yet to open, open, or closed. Nothing once the sale has opened, or where there is none. */
export function lobbyPhase({ lobby, opens_at_ms, status }: Sale, nowMs: number): 'before' | 'open' | 'closed' | undefined {
  if (!lobby || nowMs >= opens_at_ms || (status !== 'upcoming' && status !== 'paused')) return undefined;
  if (nowMs < lobby.opens_at_ms) return 'before';
  return nowMs < lobby.closes_at_ms ? 'open' : 'closed';
}

/**
 * Whether the door takes a click now: into the lobby, or into the line. A pause moves neither opening, and keeps nobody out after it.
 * The countdown may end here before the news arrive that the sale is open.
 */
export function mayClick(sale: Sale, nowMs: number): boolean {
  const phase = lobbyPhase(sale, nowMs);
  if (phase) return phase === 'open';
  return sale.status === 'active' || ((sale.status === 'upcoming' || sale.status === 'paused') && nowMs >= sale.opens_at_ms);
}

/** Entries that come before whoever clicks after the opening, at most; nothing where there are none, or nobody knows of any. */
export function drawnFirst({ lobby, opens_at_ms }: Sale, nowMs: number): number | undefined {
  return lobby?.entered && nowMs >= opens_at_ms ? lobby.entered : undefined;
}

/** Whether it was in the lobby, or may have been: of what is known from elsewhere, the check of the draw tells. */
export const mayBeEntry = ({ isEntry, key, attemptId }: Wish, { lobby }: Sale): boolean =>
  isEntry === true || (lobby !== undefined && key === attemptId);

/** What is told of the draw's secret, as long as nobody can know the entries. What is told later shows less. */
export const fingerprint = ({ lobby }: Sale, nowMs: number): string | undefined =>
  lobby && nowMs < lobby.closes_at_ms ? lobby.commitment : undefined;
