/** How times and numbers read at the axes of charts: as the reader writes them, where there is little room. */
import { digits, locale } from '../../i18n/locale';

const DAY_S = 86_400;
const days = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' });
const minutes = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
const seconds = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' });
const moments = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });
const short = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 });

/** Moments of the time axis, in Unix seconds, that are `step` seconds apart. The day stands where it is another one than before. */
export function axisTimes(at: number[], step: number): string[] {
  const last = at.at(-1) ?? 0;
  const manyDays = days.format((at[0] ?? 0) * 1000) !== days.format(last * 1000);
  return at.map((moment, index) => {
    const day = days.format(moment * 1000);
    if (step >= DAY_S) return day;
    const time = (step < 60 ? seconds : minutes).format(moment * 1000);
    const before = at[index - 1];
    const isNewDay = manyDays && (before === undefined || days.format(before * 1000) !== day);
    return isNewDay ? `${time}\n${day}` : time;
  });
}

/** A moment that somebody points at. */
export const pointTime = (at: number): string => moments.format(at * 1000);

/** A number at an axis. */
export const axisNumbers = (value: number): string => short.format(value);

/** An amount in minor units, at an axis. */
export function axisMoney(minor: number, currency: string): string {
  const places = digits(currency);
  // Of little the last digit counts.
  const maximumFractionDigits = Math.abs(minor) < 10 ** (places + 1) ? places : 1;
  const format = { style: 'currency', currency, notation: 'compact', minimumFractionDigits: 0, maximumFractionDigits } as const;
  return new Intl.NumberFormat(locale, format).format(minor / 10 ** places);
}
