/** How long something took, in the reader's words: two units at most, nothing made up below what was measured. */
import { locale } from '../../i18n/locale';

const UNITS = [['day', 86_400_000], ['hour', 3_600_000], ['minute', 60_000], ['second', 1_000]] as const;

const written = (count: number, unit: 'day' | 'hour' | 'minute' | 'second' | 'millisecond', digits = 0): string =>
  new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: digits }).format(count);

export function duration(ms: number): string {
  if (ms < 1_000) return written(ms, 'millisecond');
  if (ms < 10_000) return written(ms / 1_000, 'second', 1);
  const first = UNITS.findIndex(([, length]) => ms >= length);
  const [unit, length] = UNITS[first] ?? UNITS[3];
  const next = UNITS[first + 1];
  if (!next) return written(Math.round(ms / length), unit);
  // Rounded in the smaller unit first, so that no 60 of it is left over.
  const all = Math.round(ms / next[1]);
  const [whole, rest] = [Math.floor((all * next[1]) / length), Math.round((all * next[1] % length) / next[1])];
  return rest ? `${written(whole, unit)} ${written(rest, next[0])}` : written(whole, unit);
}
