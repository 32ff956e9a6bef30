import { useMemo } from 'preact/hooks';
import { words as admin } from '../../i18n/admin';
import { words } from '../../i18n/live';
import { money } from '../../i18n/locale';
import type { History, Mark } from '../types';
import { axisMoney } from './axes';
import { Chart, type MarkAt } from './Chart';
import { courseOf, type Course as CourseOfSale } from './course';
import { SPANS, type Point, type Span } from './figures';
import { Marks } from './Marks';

const text = admin.live;

interface ChartsProps {
  points: Point[];
  history: History | undefined;
  isOver: boolean;
  span: Span;
  setSpan: (span: Span) => void;
}

/** The whole sale, and what was done to it; then what only a running one tells. */
export function Charts({ points, history, isOver, span, setSpan }: ChartsProps) {
  const course = useMemo(() => courseOf(history, points, isOver), [history, points, isOver]);
  const marks = useMemo(() => marksAt(history?.marks ?? []), [history]);
  const latest = points.at(-1)?.figures;
  const currency = history?.currency ?? latest?.currency ?? 'EUR';
  return (
    <>
      <div class="title">
        <h2>{words.course}</h2>
        <div class="spans" role="group" aria-label={words.course}>
          {SPANS.map((one) => (
            <button key={one} type="button" aria-pressed={one === span} onClick={() => setSpan(one)}>
              {words.spans[one]}
            </button>
          ))}
        </div>
      </div>
      {history && !history.is_whole && <p class="notice">{words.notWhole}</p>}
      <Marks marks={history?.marks ?? []} />
      <div class="charts">
        <Course course={course} marks={marks} currency={currency} />
        {!isOver && <Now points={points} />}
      </div>
    </>
  );
}

/** Marks by the numbers that they have in the list. */
export const marksAt = (marks: Mark[]): MarkAt[] => marks.map(({ at }, index) => ({ at: Date.parse(at) / 1000, label: String(index + 1) }));

interface CourseProps {
  course: CourseOfSale;
  marks: MarkAt[];
  currency: string;
}

/** What is kept of a sale. */
function Course({ course, marks, currency }: CourseProps) {
  const shared = { times: course.times, marks };
  return (
    <>
      <Chart {...shared} title={words.demand} lines={[{ label: text.pace, values: course.pace }, { label: words.grantedPace, values: course.grantedPace }]} />
      <Chart
        {...shared}
        title={text.stock}
        lines={[{ label: text.left, values: course.left }, { label: text.sold, values: course.sold }, { label: text.held, values: course.held }]}
      />
      <Chart
        {...shared}
        title={words.inVain}
        lines={[{ label: words.returned, values: course.returned }, { label: words.waiting, values: course.waiting }, { label: words.refused, values: course.refused }]}
      />
      <Chart
        {...shared}
        title={text.soldFor}
        lines={[{ label: text.soldFor, values: course.soldFor }]}
        show={(minor) => money(Math.round(minor), currency)}
        showShort={(minor) => axisMoney(minor, currency)}
      />
    </>
  );
}

/** What is measured while a sale runs, and not kept. */
function Now({ points }: { points: Point[] }) {
  const times = useMemo(() => points.map(({ at }) => at), [points]);
  const answered = (of: 'p50' | 'p95' | 'p99') => points.map(({ figures }) => figures.answer_ms?.[of] ?? null);
  return (
    <>
      <Chart
        title={text.line}
        note={words.sinceOpened}
        times={times}
        lines={[{ label: text.inLine, values: points.map(({ figures }) => figures.line.length) }]}
      />
      <Chart
        title={text.answerTime}
        note={words.sinceOpened}
        times={times}
        lines={(['p50', 'p95', 'p99'] as const).map((of) => ({ label: of, values: answered(of) }))}
      />
    </>
  );
}
