/** The whole story in charts: of the same frames as everything else on the page, so that all of it says the same of a moment. */
import { useMemo } from 'preact/hooks';
import { words as admin } from '../../i18n/admin';
import { words as live } from '../../i18n/live';
import { money } from '../../i18n/locale';
import { words } from '../../i18n/replay';
import { axisMoney } from '../live/axes';
import { Chart } from '../live/Chart';
import { marksAt } from '../live/Charts';
import type { Frame } from '../types';
import { paceAt, type Story } from './story';

export function Course({ story: { frames, marks, currency }, shownAt }: { story: Story; shownAt: number }) {
  const { times, pace, of } = useMemo(() => {
    const moments = frames.map(({ at_ms }) => at_ms);
    const all = (what: (frame: Frame) => number): number[] => frames.map(what);
    return {
      times: moments.map((at) => at / 1000),
      pace: moments.map((at) => paceAt(frames, moments, at)),
      of: {
        left: all((frame) => frame.left_units),
        sold: all((frame) => frame.sold_units),
        held: all((frame) => frame.held_units),
        waiting: all((frame) => frame.waiting),
        soldOut: all(({ attempts }) => attempts.sold_out),
        refused: all(({ attempts }) => attempts.refused),
        soldFor: all((frame) => frame.sold_minor),
      },
    };
  }, [frames]);
  const shared = { times, marks: useMemo(() => marksAt(marks), [marks]), shownAt: shownAt / 1000 };
  return (
    <div class="charts">
      <Chart {...shared} title={live.demand} lines={[{ label: words.pace, values: pace }]} />
      <Chart
        {...shared}
        title={admin.live.stock}
        lines={[{ label: words.left, values: of.left }, { label: words.sold, values: of.sold }, { label: words.held, values: of.held }]}
      />
      <Chart
        {...shared}
        title={live.inVain}
        lines={[{ label: admin.live.soldOut, values: of.soldOut }, { label: live.waiting, values: of.waiting }, { label: live.refused, values: of.refused }]}
      />
      <Chart
        {...shared}
        title={words.soldFor}
        lines={[{ label: words.soldFor, values: of.soldFor }]}
        show={(minor) => money(Math.round(minor), currency)}
        showShort={(minor) => axisMoney(minor, currency)}
      />
    </div>
  );
}
