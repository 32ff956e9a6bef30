import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { number } from '../../i18n/locale';
import { words } from '../../i18n/live';
import { axisNumbers, axisTimes, pointTime } from './axes';
import { drawMarks, drawMoment } from './drawMarks';

export interface Line {
  label: string;
  values: (number | null)[];
}

/** A moment on the time axis, by the number that it has in the list beside. */
export interface MarkAt {
  /** Unix seconds. */
  at: number;
  label: string;
}

interface ChartProps {
  title: string;
  /** What is to be known of it, below the title. */
  note?: string;
  /** Unix seconds. */
  times: number[];
  lines: Line[];
  marks?: MarkAt[];
  /** The moment that the page is about, where that is not the newest: Unix seconds. */
  shownAt?: number;
  /** How a value reads: a number, unless told otherwise. */
  show?: (value: number) => string;
  /** The same at the axis, where there is little room. */
  showShort?: (value: number) => string;
}

const HEIGHT = 200;
/** Of the axis of values, in pixels: at least, besides the longest of them, and for each of its letters. */
const [AXIS_MIN, AXIS_BESIDE, LETTER] = [48, 18, 7] as const;
const widthOf = (values: string[] | null): number => Math.max(AXIS_MIN, AXIS_BESIDE + LETTER * Math.max(0, ...(values ?? []).map((value) => value.length)));
/** Between two values at the axis. */
const INCREMENTS = Array.from({ length: 15 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();
/** Seconds along the axis at least. */
const SHOWN_MIN_S = 10;
const COLOURS = ['--accent', '--good', '--warn'] as const;

/** From the first moment to the last. Of one alone the library would make up years to come. */
function shown(times: ArrayLike<number>): [number, number] {
  const [from = 0, to = from] = [times[0], times[times.length - 1]];
  return [Math.min(from, to - SHOWN_MIN_S), to];
}

const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const rounded = (value: number): string => number(Math.round(value * 10) / 10);

/** A chart that follows its numbers. The newest ones are also there as text, or those that somebody points at. */
export function Chart({ title, note, times, lines, marks = [], shownAt, show = rounded, showShort = axisNumbers }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>();
  const marked = useRef(marks);
  marked.current = marks;
  const shownNow = useRef(shownAt);
  shownNow.current = shownAt;
  const [pointed, setPointed] = useState<number>();
  const data = [times, ...lines.map(({ values }) => values)] as uPlot.AlignedData;
  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const draw = (): void => {
      plot.current?.destroy();
      const [ink, grid] = [colour('--soft'), colour('--line')];
      const axis = { stroke: ink, font: '12px system-ui, sans-serif', grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
      plot.current = new uPlot(
        {
          width: element.clientWidth,
          height: HEIGHT,
          cursor: { y: false, drag: { x: false, y: false } },
          legend: { show: false },
          axes: [
            { ...axis, space: 84, values: (_, splits, __, ___, step) => axisTimes(splits, step) },
            // Of none of these there is a half.
            { ...axis, incrs: INCREMENTS, size: (_, values) => widthOf(values), values: (_, splits) => splits.map(showShort) },
          ],
          scales: { x: { range: ({ data: [at] }) => shown(at) }, y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] } },
          series: [{}, ...lines.map(({ label }, index) => ({ label, stroke: colour(COLOURS[index] ?? '--ink'), width: 2, points: { show: false } }))],
          hooks: {
            setCursor: [({ cursor: { idx } }) => setPointed(idx ?? undefined)],
            draw: [(drawn) => drawMarks(drawn, marked.current, ink), (drawn) => drawMoment(drawn, shownNow.current, colour('--accent'))],
          },
        },
        plot.current ? plot.current.data : data,
        element,
      );
    };
    draw();
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    dark.addEventListener('change', draw);
    return () => {
      resized.disconnect();
      dark.removeEventListener('change', draw);
      plot.current?.destroy();
    };
  }, []);
  useEffect(() => plot.current?.setData(data), [times, marks]);
  useEffect(() => {
    if (shownAt !== undefined) plot.current?.redraw(false);
  }, [shownAt]);
  const newest = shownAt === undefined ? times.length - 1 : Math.max(0, times.findLastIndex((time) => time <= shownAt));
  const at = pointed !== undefined && pointed < times.length ? pointed : newest;
  const read = (values: (number | null)[]): string => {
    // Of the newest, those that are known: what comes from the record alone ends some seconds before.
    const value = pointed === undefined && shownAt === undefined ? values.findLast((one) => one !== null) : values[at];
    return value == null ? '–' : show(value);
  };
  return (
    <figure class="card chart">
      <figcaption>
        <strong>{title}</strong>
        {note && <small>{note}</small>}
        <ul class="legend">
          {lines.map(({ label, values }, index) => (
            <li key={label} class={`line-${index}`}>
              {label}: {read(values)}
            </li>
          ))}
          {(pointed ?? shownAt) !== undefined && times[at] !== undefined && <li class="soft">{words.at(pointTime(times[at]))}</li>}
        </ul>
      </figcaption>
      <div ref={place} dir="ltr" aria-hidden="true" />
    </figure>
  );
}
