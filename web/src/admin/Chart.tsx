import { useEffect, useRef } from 'preact/hooks';
import { number } from '../i18n/locale';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface Line {
  label: string;
  values: (number | null)[];
}

interface ChartProps {
  title: string;
  /** Unix seconds. */
  times: number[];
  lines: Line[];
}

const HEIGHT = 200;
const COLOURS = ['--accent', '--good', '--warn'] as const;

const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function newest(values: (number | null)[]): string {
  const value = values.at(-1);
  return value == null ? '–' : number(Math.round(value * 10) / 10);
}

/** A chart that follows its numbers. Its newest ones are also there as text. */
export function Chart({ title, times, lines }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>();
  const data = [times, ...lines.map(({ values }) => values)] as uPlot.AlignedData;
  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const draw = (): void => {
      plot.current?.destroy();
      const [ink, grid] = [colour('--soft'), colour('--line')];
      const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
      plot.current = new uPlot(
        {
          width: element.clientWidth,
          height: HEIGHT,
          cursor: { show: false },
          legend: { show: false },
          axes: [axis, { ...axis, size: 56 }],
          scales: { y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] } },
          series: [{}, ...lines.map(({ label }, index) => ({ label, stroke: colour(COLOURS[index] ?? '--ink'), width: 2 }))],
        },
        data,
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
  useEffect(() => plot.current?.setData(data), [times]);
  return (
    <figure class="card chart">
      <figcaption>
        <strong>{title}</strong>
        <ul class="legend">
          {lines.map(({ label, values }, index) => (
            <li key={label} class={`line-${index}`}>
              {label}: {newest(values)}
            </li>
          ))}
        </ul>
      </figcaption>
      <div ref={place} aria-hidden="true" />
    </figure>
  );
}
