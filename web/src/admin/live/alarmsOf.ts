/** What is wrong, as far as the services know it now: under the names of the runbook's pages. */
import { words } from '../../i18n/live';
import { number } from '../../i18n/locale';
import type { Health } from '../types';
import type { Point } from './figures';

export interface Alarm {
  key: string;
  what: string;
  advice: string;
  /** The page of the runbook. */
  file: string;
}

/** As the alert `LedgerBehind` has them. */
const BEHIND_ROUNDS = 5_000;
const BEHIND_S = 20;
/** As the alert `ManyHeldBack`: a third; and not of a handful. */
const HELD_BACK_SHARE = 1 / 3;
const HELD_BACK_MIN = 10;

const text = words.alarm;

export function alarmsOf(event: string, points: Point[], health: Health | undefined): Alarm[] {
  const last = points.at(-1)?.figures;
  const line = health?.lines.find(({ event_id }) => event_id === event);
  const behind = last?.items.reduce((sum, { behind_len = 0 }) => sum + behind_len, 0) ?? 0;
  const inTurn = last?.items.reduce((sum, { standby_len = 0 }) => sum + standby_len, 0) ?? 0;
  const alarm = (file: string, { what, advice }: { what: string; advice: string }, key = file): Alarm => ({ key, what, advice, file });
  return [
    line?.stalled && alarm('LineWithoutWriter', text.LineWithoutWriter),
    health && !health.broker.up && alarm('BrokerDown', text.BrokerDown),
    health && !health.redis.up && alarm('RedisDown', text.RedisDown),
    health && !health.postgres.up && alarm('DatabaseTimeouts', text.DatabaseDown),
    ...(health?.services ?? []).filter(({ living }) => living === 0).map(({ name }) =>
      alarm('ServiceMissing', { ...text.ServiceMissing, what: text.ServiceMissing.what(name) }, name),
    ),
    isLedgerBehind(points) && alarm('LedgerBehind', text.LedgerBehind),
    behind >= HELD_BACK_MIN && behind > HELD_BACK_SHARE * (behind + inTurn) &&
      alarm('ManyHeldBack', { ...text.ManyHeldBack, what: text.ManyHeldBack.what(number(behind)) }),
  ].filter((one) => !!one);
}

/** Far behind, or not moving for so long while something is to be recorded. */
function isLedgerBehind(points: Point[]): boolean {
  const last = points.at(-1);
  const { rounds, rounds_recorded: recorded } = last?.figures.line ?? {};
  if (!last || rounds === undefined || recorded === undefined) return false;
  if (rounds - recorded > BEHIND_ROUNDS) return true;
  const before = points.findLast(({ at }) => at <= last.at - BEHIND_S)?.figures.line;
  return before?.rounds !== undefined && before.rounds > recorded && before.rounds_recorded === recorded;
}
