/** Time that runs through a story: as fast as somebody wants, or from moment to moment. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { beforeOf, momentsOf, nextOf, type Story } from './story';

export const SPEEDS = ['1', '10', '60', 'whole'] as const;
export type Speed = (typeof SPEEDS)[number];

const WHOLE_MS = 30_000;
/** Of a stretch in which nothing happens, so much is played where quiet is cut. */
const QUIET_MS = 60_000;
/** Between two pictures; and where somebody wants little motion. */
const [EVERY_MS, CALM_EVERY_MS] = [100, 1_000] as const;
const wantsCalm = matchMedia('(prefers-reduced-motion: reduce)');

/** How long it takes at its own pace. */
function lengthOf(moments: number[], skips: boolean): number {
  return moments.slice(1).reduce((sum, at, index) => {
    const gap = at - (moments[index] ?? at);
    return sum + (skips ? Math.min(gap, QUIET_MS) : gap);
  }, 0);
}

/** So much later, in the time of the sale. */
function later(moments: number[], at: number, ms: number, skips: boolean): number {
  let [now, left] = [at, ms];
  for (let next = nextOf(moments, now); next !== undefined; next = nextOf(moments, now)) {
    if (skips && next - now > QUIET_MS) now = next - QUIET_MS;
    if (next - now > left) return now + left;
    left -= next - now;
    now = next;
  }
  return now;
}

export function usePlayer(story: Story) {
  const moments = useMemo(() => momentsOf(story), [story]);
  const rounds = useMemo(() => [...new Set(story.frames.map(({ at_ms }) => at_ms))], [story]);
  const marks = useMemo(() => [...new Set(story.marks.map(({ at }) => Date.parse(at)))], [story]);
  const [at, setAt] = useState(story.startsAt);
  const [isPlaying, setPlaying] = useState(false);
  const [speed, setSpeed] = useState<Speed>('whole');
  const [skips, setSkips] = useState(true);
  const isOver = at >= story.until;
  const rate = speed === 'whole' ? lengthOf(moments, skips) / WHOLE_MS : Number(speed);
  const ticked = useRef(0);
  useEffect(() => {
    if (!isPlaying) return undefined;
    ticked.current = performance.now();
    const timer = setInterval(
      () => {
        const now = performance.now();
        const passed = (now - ticked.current) * rate;
        ticked.current = now;
        setAt((before) => later(moments, before, passed, skips));
      },
      wantsCalm.matches ? CALM_EVERY_MS : EVERY_MS,
    );
    return () => clearInterval(timer);
  }, [isPlaying, rate, skips, moments]);
  useEffect(() => {
    if (isOver) setPlaying(false);
  }, [isOver]);
  const go = (to: number | undefined): void => {
    setPlaying(false);
    if (to !== undefined) setAt(Math.min(Math.max(to, story.from), story.until));
  };
  const toggle = (): void => {
    if (!isPlaying && isOver) setAt(story.from);
    setPlaying(!isPlaying);
  };
  return {
    at, isPlaying, isOver, speed, skips, setSpeed, setSkips, go, toggle,
    step: {
      backMark: beforeOf(marks, at),
      backRound: beforeOf(rounds, at),
      nextRound: nextOf(rounds, at),
      nextMark: nextOf(marks, at),
    },
  };
}
export type Player = ReturnType<typeof usePlayer>;
