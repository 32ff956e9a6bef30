/** A sale as its replay tells it, and where in it a moment lies. */
import { ask } from '../session';
import type { Frame, History, Mark, ReplayPart } from '../types';

export interface Story {
  /** In their order; none is earlier than the one before. */
  frames: Frame[];
  /** What was done to the sale, from its first frame on. */
  marks: Mark[];
  history: History;
  currency: string;
  source: ReplayPart['source'];
  clearedAt: string | undefined;
  rounds: number;
  step: number;
  /** Unix milliseconds, of the first and of the last that is known. */
  from: number;
  until: number;
}

/** Reads all parts, one after the other: each is small, however long the sale was. */
export async function readStory(event: string, came: (loaded: number, all: number) => void): Promise<Story> {
  const history = await ask<History>(`/events/${event}/history?span=sale`);
  const first = await ask<ReplayPart>(`/events/${event}/replay`);
  const frames = [...first.frames];
  for (let after = first.next_after; after !== undefined; ) {
    came(after, first.rounds);
    const part = await ask<ReplayPart>(`/events/${event}/replay?until=${first.rounds}&after=${after}`);
    frames.push(...part.frames);
    after = part.next_after;
  }
  const ordered = inTime(frames);
  const [from, last] = [ordered[0]?.at_ms ?? 0, ordered.at(-1)?.at_ms ?? 0];
  const marks = history.marks.filter(({ at }) => Date.parse(at) >= from);
  const until = Math.max(last, ...marks.map(({ at }) => Date.parse(at)));
  const { currency, source, cleared_at: clearedAt, rounds, step } = first;
  return { frames: ordered, marks, history, currency, source, clearedAt, rounds, step, from, until };
}

/** Clocks of two who decided may differ a little; what comes later in the line is never shown before. */
function inTime(frames: Frame[]): Frame[] {
  let latest = -Infinity;
  return frames.map((frame) => {
    latest = Math.max(latest, frame.at_ms);
    return frame.at_ms === latest ? frame : { ...frame, at_ms: latest };
  });
}

/** How many of these moments, which are in order, are not later. */
function countUntil(moments: number[], at: number): number {
  let [low, high] = [0, moments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((moments[middle] ?? Infinity) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The moments of a story at which something is to be seen, in order, each once. */
export const momentsOf = ({ frames, marks }: Story): number[] =>
  [...new Set([...frames.map(({ at_ms }) => at_ms), ...marks.map(({ at }) => Date.parse(at))])].toSorted((a, b) => a - b);

/** The number of the frame that shows a moment. */
export const frameAt = (times: number[], at: number): number => Math.max(0, countUntil(times, at) - 1);

export const nextOf = (moments: number[], at: number): number | undefined => moments[countUntil(moments, at)];
export const beforeOf = (moments: number[], at: number): number | undefined => moments[countUntil(moments, Math.ceil(at) - 1) - 1];

const PACE_MS = 10_000;
/** Attempts answered a second, over the last ten. */
export function paceAt(frames: Frame[], times: number[], at: number): number {
  const served = (moment: number): number => frames[frameAt(times, moment)]?.attempts.served ?? 0;
  return Math.max(0, served(at) - served(at - PACE_MS)) / (PACE_MS / 1000);
}
