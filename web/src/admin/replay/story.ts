/** A sale as its replay tells it, and where in it a moment lies. */
import { words } from '../../i18n/replay';
import { ask } from '../session';
import type { Frame, History, Mark, ReplayPart } from '../types';

/** Steps of a sale, by their numbers: what came after the first of them, until the last. */
export interface Stretch {
  from: number;
  until: number;
}

export interface Story {
  /** In their order; each is later than the one before, be it by next to nothing. */
  frames: Frame[];
  /** What was done to the sale, from its first frame on. */
  marks: Mark[];
  history: History;
  currency: string;
  source: ReplayPart['source'];
  clearedAt: string | undefined;
  rounds: number;
  step: number;
  /** Of it alone. */
  stretch: Stretch | undefined;
  /** Unix milliseconds, of the first and of the last that is known. */
  from: number;
  until: number;
  /** The same, of where it is to be seen first. */
  startsAt: number;
}

/** The journal is forgotten once. */
const TRIES_MAX = 3;

type Came = (loaded: number, all: number) => void;

/** Frames to each side of a moment that somebody looks closer at: of so many, each step has one. */
const CLOSE = 290;
export const closeTo = (seq: number, rounds: number): Stretch => ({ from: Math.max(0, seq - CLOSE), until: Math.min(rounds, seq + CLOSE) });

/** Reads all parts, one after the other: each is small, however long the sale was. */
export async function readStory(event: string, stretch: Stretch | undefined, came: Came): Promise<Story> {
  const history = await ask<History>(`/events/${event}/history?span=sale`);
  let read = await readParts(event, stretch, came);
  // What a part was made from may be gone before the next one: what was read until then is half of something.
  for (let tries = 1; !read && tries < TRIES_MAX; tries += 1) read = await readParts(event, stretch, came);
  if (!read) throw new Error(words.changing);
  const { first, frames: told } = read;
  const frames = inTime(told);
  const [from, last] = [frames[0]?.at_ms ?? 0, frames.at(-1)?.at_ms ?? 0];
  const isShown = ({ at }: Mark): boolean => Date.parse(at) >= from && (!stretch || Date.parse(at) <= last);
  const marks = history.marks.filter(isShown);
  const until = Math.max(last, ...marks.map(({ at }) => Date.parse(at)));
  const middle = stretch && (stretch.from + stretch.until) / 2;
  const startsAt = (middle !== undefined && frames.find(({ seq }) => seq >= middle)?.at_ms) || from;
  const { currency, source, cleared_at: clearedAt, rounds, step } = first;
  return { frames, marks, history, currency, source, clearedAt, rounds, step, stretch, from, until, startsAt };
}

/** All parts; nothing where a later one is not of the same as the first. */
async function readParts(event: string, stretch: Stretch | undefined, came: Came) {
  const of = stretch ? `from=${stretch.from}&` : '';
  const first = await ask<ReplayPart>(`/events/${event}/replay?${of}${stretch ? `until=${stretch.until}` : ''}`);
  const frames = [...first.frames];
  for (let after = first.next_after; after !== undefined; ) {
    came(after, first.rounds);
    const part = await ask<ReplayPart>(`/events/${event}/replay?${of}until=${first.rounds}&after=${after}`);
    if (part.source !== first.source || part.step !== first.step || part.rounds !== first.rounds) return undefined;
    frames.push(...part.frames);
    after = part.next_after;
  }
  return { first, frames };
}

/** Milliseconds between two steps that were decided in the same one: so little that nobody sees it, and each has a moment of its own. */
const APART_MS = 0.01;

/** Clocks of two who decided may differ a little; what comes later in the line is never shown before. */
function inTime(frames: Frame[]): Frame[] {
  let latest = -Infinity;
  return frames.map((frame) => {
    latest = Math.max(latest + APART_MS, frame.at_ms);
    return frame.at_ms === latest ? frame : { ...frame, at_ms: latest };
  });
}

/** How many of these moments, which are in order, come before the first that does not. */
function countWhile(moments: number[], comesBefore: (moment: number) => boolean): number {
  let [low, high] = [0, moments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (comesBefore(moments[middle] ?? Infinity)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The moments of a story at which something is to be seen, in order, each once. */
export const momentsOf = ({ frames, marks }: Story): number[] =>
  [...new Set([...frames.map(({ at_ms }) => at_ms), ...marks.map(({ at }) => Date.parse(at))])].toSorted((a, b) => a - b);

/** The number of the frame that shows a moment. */
export const frameAt = (times: number[], at: number): number => Math.max(0, countWhile(times, (moment) => moment <= at) - 1);

export const nextOf = (moments: number[], at: number): number | undefined => moments[countWhile(moments, (moment) => moment <= at)];
export const beforeOf = (moments: number[], at: number): number | undefined => moments[countWhile(moments, (moment) => moment < at) - 1];

const PACE_MS = 10_000;
/** Attempts answered a second, over the last ten. */
export function paceAt(frames: Frame[], times: number[], at: number): number {
  const served = (moment: number): number => frames[frameAt(times, moment)]?.attempts.served ?? 0;
  return Math.max(0, served(at) - served(at - PACE_MS)) / (PACE_MS / 1000);
}
