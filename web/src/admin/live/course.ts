/** The course of a sale: its history, and what was seen since the history's last point. */
import type { Figures, History } from '../types';
import type { Point } from './figures';

type Value = number | null;

/** Each is as long as the others; what is not known is null. */
export interface Course {
  /** Unix seconds. */
  times: number[];
  pace: Value[];
  grantedPace: Value[];
  left: Value[];
  held: Value[];
  sold: Value[];
  waiting: Value[];
  returned: Value[];
  refused: Value[];
  soldFor: Value[];
}

interface Moment {
  at: number;
  attempts: Value;
  granted: Value;
  left: Value;
  held: Value;
  sold: Value;
  waiting: Value;
  returned: Value;
  refused: Value;
  soldFor: Value;
}

export function courseOf(history: History | undefined, points: Point[], isOver: boolean): Course {
  const recorded = history ? momentsOf(history) : [];
  const last = recorded.at(-1)?.at ?? -Infinity;
  const seen = isOver && recorded.length ? [] : points.filter(({ at }) => at > last);
  const moments = [...recorded, ...seen.map(({ at, figures }) => momentOf(at, figures))];
  const all = <Field extends keyof Moment>(field: Field): Moment[Field][] => moments.map((moment) => moment[field]);
  return {
    times: all('at'),
    pace: paces(moments, 'attempts'),
    grantedPace: paces(moments, 'granted'),
    left: all('left'),
    held: all('held'),
    sold: all('sold'),
    waiting: all('waiting'),
    returned: all('returned'),
    refused: all('refused'),
    soldFor: all('soldFor'),
  };
}

function momentsOf({ points }: History): Moment[] {
  const of = (values: number[], index: number): Value => values[index] ?? null;
  return points.at_ms.map((at, index) => ({
    at: at / 1000,
    attempts: of(points.attempts, index),
    granted: of(points.granted_units, index),
    left: of(points.left_units, index),
    held: of(points.held_units, index),
    sold: of(points.sold_units, index),
    waiting: of(points.waiting, index),
    returned: of(points.returned_units, index),
    refused: of(points.refused, index),
    soldFor: of(points.sold_minor, index),
  }));
}

function momentOf(at: number, { attempts, items, sold_minor }: Figures): Moment {
  // Of an item that is not known, nothing is drawn.
  const total = (of: (item: Figures['items'][number]) => number | undefined): Value =>
    items.reduce<Value>((sum, item) => (sum === null || of(item) === undefined ? null : sum + (of(item) ?? 0)), 0);
  return {
    at,
    attempts: attempts?.served ?? null,
    granted: null,
    left: total((item) => item.left),
    held: total((item) => item.held),
    sold: total((item) => item.sold),
    waiting: total(({ standby_len, behind_len = 0 }) => (standby_len === undefined ? undefined : standby_len + behind_len)),
    returned: null,
    refused: attempts?.refused ?? null,
    soldFor: sold_minor ?? null,
  };
}

/** How much more a second there was, since the moment before. */
function paces(moments: Moment[], of: 'attempts' | 'granted'): Value[] {
  return moments.map((moment, index) => {
    const before = moments[index - 1];
    const [to, from] = [moment[of], before?.[of] ?? null];
    return before && to !== null && from !== null && moment.at > before.at ? Math.max(0, (to - from) / (moment.at - before.at)) : null;
  });
}
