/** Days and times of the admin's own zone. */
import { locale } from '../i18n/locale';
import { browserZone, local } from './zone';

/** The day of an instant here, as `date` wants it. */
export const dayOf = (instant: string): string => (instant ? local(instant, browserZone).slice(0, 10) : '');

/** The instant at which a day begins here, so many days later; empty where nothing is meant. */
export function beginOf(day: string, later = 0): string {
  const [year, month, date] = day.split('-').map(Number);
  return year && month && date ? new Date(year, month - 1, date + later).toISOString() : '';
}

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
