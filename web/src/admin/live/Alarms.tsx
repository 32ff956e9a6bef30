import { words } from '../../i18n/live';
import { useLoad } from '../hooks';
import { ask } from '../session';
import type { Health } from '../types';
import { alarmsOf } from './alarmsOf';
import type { Point } from './figures';

const LOOK_EVERY_MS = 5_000;

/** What is wrong, with what to do about it. */
export function Alarms({ event, points }: { event: string; points: Point[] }) {
  const { value } = useLoad(() => ask<Health>('/health'), [], LOOK_EVERY_MS);
  const alarms = alarmsOf(event, points, value);
  return (
    <div class="alarms" role="alert" aria-label={words.alarms}>
      {alarms.map(({ key, what, advice, file }) => (
        <p key={key} class="notice bad">
          <strong>{what}</strong> {advice} <small>{words.guide(file)}</small>
        </p>
      ))}
    </div>
  );
}
