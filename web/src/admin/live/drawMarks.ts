/** Marks in a chart: a line at each moment, with the number that it has in the list beside. */
import type uPlot from 'uplot';
import type { MarkAt } from './Chart';

const LABEL_PX = 11;
/** Labels nearer to each other than this would cover each other: the first of them stands for all. */
const APART_PX = 14;

export function drawMarks(plot: uPlot, marks: MarkAt[], ink: string): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const { min, max } = plot.scales.x ?? {};
  if (min == null || max == null) return;
  ctx.save();
  ctx.strokeStyle = ink;
  ctx.fillStyle = ink;
  ctx.lineWidth = ratio;
  ctx.setLineDash([3 * ratio, 3 * ratio]);
  ctx.font = `600 ${LABEL_PX * ratio}px system-ui, sans-serif`;
  ctx.textBaseline = 'top';
  let labelled = -Infinity;
  for (const { at, label } of marks) {
    if (at < min || at > max) continue;
    const x = Math.round(plot.valToPos(at, 'x', true));
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    if (x - labelled < APART_PX * ratio) continue;
    labelled = x;
    const atTheEnd = x > bbox.left + bbox.width - 2 * APART_PX * ratio;
    ctx.textAlign = atTheEnd ? 'right' : 'left';
    ctx.fillText(label, x + (atTheEnd ? -3 : 3) * ratio, bbox.top + 2 * ratio);
  }
  ctx.restore();
}

/** The moment that a page is about: a line through the whole chart. */
export function drawMoment(plot: uPlot, at: number | undefined, ink: string): void {
  const { ctx, bbox } = plot;
  const { min, max } = plot.scales.x ?? {};
  if (at === undefined || min == null || max == null || at < min || at > max) return;
  const x = Math.round(plot.valToPos(at, 'x', true));
  ctx.save();
  ctx.strokeStyle = ink;
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}
