/** A running sale, second by second, and how it went before. */
import { useRef } from 'preact/hooks';
import { useLoad } from '../hooks';
import { ask } from '../session';
import type { Figures, History } from '../types';

const LOOK_EVERY_MS = 1_000;
/** The server's record is some moments behind; the live figures stand for these. */
const HISTORY_EVERY_MS = 10_000;
const KEPT = 300;

/** What was seen at one moment. */
export interface Point {
  /** Unix seconds. */
  at: number;
  figures: Figures;
  /** Attempts answered a second, since the point before. */
  pace: number | undefined;
}

/** What this tab has seen, the latest last. */
export function useFigures(event: string) {
  const points = useRef<Point[]>([]);
  return useLoad(
    async () => {
      const figures = await ask<Figures>(`/events/${event}/figures`);
      const before = points.current.at(-1);
      const at = figures.server_time_ms / 1000;
      const served = (figures.attempts?.served ?? 0) - (before?.figures.attempts?.served ?? 0);
      const pace = before && at > before.at ? Math.max(0, served / (at - before.at)) : undefined;
      points.current = [...points.current, { at, figures, pace }].slice(-KEPT);
      return points.current;
    },
    [event],
    LOOK_EVERY_MS,
  );
}

export const SPANS = ['sale', 'hour', 'ten_minutes'] as const;
export type Span = (typeof SPANS)[number];

/** How the sale went, from the system of record. */
export const useHistory = (event: string, span: Span) =>
  useLoad(async () => ({ span, ...(await ask<History>(`/events/${event}/history?span=${span}`)) }), [event, span], HISTORY_EVERY_MS);
