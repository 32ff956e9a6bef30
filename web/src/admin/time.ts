/** Times in the admin's own zone, as `datetime-local` has them, and the instants they may stand for. */
import { locale } from '../i18n/locale';

/** As `datetime-local` wants it; seconds only where there are any. */
export function local(instant: string): string {
  const at = new Date(instant);
  const two = (n: number): string => String(n).padStart(2, '0');
  const [seconds, ms] = [at.getSeconds(), at.getMilliseconds()];
  const fine = ms ? `:${two(seconds)}.${String(ms).padStart(3, '0')}` : seconds ? `:${two(seconds)}` : '';
  const day = `${String(at.getFullYear()).padStart(4, '0')}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}${fine}`;
}

/** The day of an instant here, as `date` wants it. */
export const dayOf = (instant: string): string => (instant ? local(instant).slice(0, 10) : '');

/** The instant at which a day begins here, so many days later; empty where nothing is meant. */
export function beginOf(day: string, later = 0): string {
  const [year, month, date] = day.split('-').map(Number);
  return year && month && date ? new Date(year, month - 1, date + later).toISOString() : '';
}

const DAY_MS = 86_400_000;

/**
 * The instants at which clocks here show this: one; two where clocks are put back; none where they jump over it.
 * The earlier first, as the API takes them.
 */
export function instants(text: string): string[] {
  const asUtc = Date.parse(`${text}Z`);
  if (Number.isNaN(asUtc)) return [];
  // With the offset from UTC before a change of clocks, and with that after it.
  const tried = new Set([-DAY_MS, DAY_MS].map((away) => asUtc + offset(asUtc + away)));
  const shown = [...tried].filter((at) => at - offset(at) === asUtc);
  return shown.sort((a, b) => a - b).map((at) => new Date(at).toISOString());
}

const offset = (at: number): number => new Date(at).getTimezoneOffset() * 60_000;

const days = new Intl.DateTimeFormat(locale, { dateStyle: 'full' });
/** The day of a moment as the API writes it. */
export const dayOfMoment = (text: string): string => days.format(Date.parse(text));
const times = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
/** Its time of day. */
export const timeOf = (text: string): string => times.format(Date.parse(text));
const toTheSecond = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });
/** All of it, to the second. */
export const toTheSecondOf = (text: string): string => toTheSecond.format(Date.parse(text));

const MINUTE_MS = 60_000;
/** From when to when something went on that is told once; nothing, where that was within a minute. */
export function periodOf(from: unknown, until: unknown): string | undefined {
  const [first, last] = [Date.parse(String(from)), Date.parse(String(until))];
  return last - first >= MINUTE_MS ? toTheSecond.formatRange(first, last) : undefined;
}

/** The zone of this browser, with how far it is from UTC at an instant: "Europe/Berlin, UTC+1". */
export function zoneOf(instant: string): string {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  const minutes = -new Date(instant || Date.now()).getTimezoneOffset();
  const [hours, rest] = [Math.trunc(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const away = minutes === 0 ? '' : `${minutes < 0 ? '−' : '+'}${hours}${rest ? `:${String(rest).padStart(2, '0')}` : ''}`;
  return `${timeZone}, UTC${away}`;
}

/** An instant in UTC: "2026-10-25 00:30 UTC"; to the second and finer only where it has any. */
export const utcOf = (instant: string): string =>
  `${new Date(instant).toISOString().replace('T', ' ').replace(/(?::00\.000|\.000)?Z$/, '')} UTC`;
