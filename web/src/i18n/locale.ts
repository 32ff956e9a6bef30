/** The language of this browser's person, and how they write numbers, money and times. */
const LANGUAGES = ['en', 'de', 'zh', 'ar'] as const;
type Language = (typeof LANGUAGES)[number];

const primary = (tag: string): string => tag.split('-')[0]?.toLowerCase() ?? '';
export const locale = navigator.languages.find((tag) => LANGUAGES.some((known) => known === primary(tag))) ?? 'en';

/** What the page speaks, by its two letters. */
export const language = primary(locale) as Language;

/** The texts of a page, in the person's language. */
export const inLanguage = <Words>(languages: Record<Language, Words>): Words => languages[language];

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;
const isRightToLeft = language === 'ar';

/**
 * A text of somebody else's within one of ours: it may run the other way, and must not take our full stops along
 * (Unicode's first strong isolate).
 */
export const isolate = (text: string): string =>
  isRightToLeft || RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text;

/** Tells the document, so that screen readers speak it and text runs the right way. */
export function announceLanguage(): void {
  document.documentElement.lang = locale;
  document.documentElement.dir = isRightToLeft ? 'rtl' : 'ltr';
}

const numbers = new Intl.NumberFormat(locale);
export const number = (n: number): string => numbers.format(n);

const minorDigits = new Map<string, number>();
/** What the server says of a currency: the locale data of browsers is not ISO 4217 (HUF, IDR, COP, PKR, IQD, …). */
export function learnDigits(currency: string, digits: number | undefined): void {
  if (digits !== undefined) minorDigits.set(currency, digits);
}

/** Whether it looks like a code of a currency; half of one is typed before all of it. */
const isCode = (currency: string): boolean => /^[A-Za-z]{3}$/.test(currency);
/** How many digits of a currency come after the point. Only of one that no server has told of, by the browser. */
export const digits = (currency: string): number =>
  minorDigits.get(currency) ??
  (isCode(currency) ? new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits : undefined) ??
  2;
/** Whether the server knows it. */
export const isCurrency = (code: string): boolean => minorDigits.has(code);

/** An amount in minor units of a currency. */
export function money(minor: number, currency: string): string {
  const places = digits(currency);
  const format = { ...(isCode(currency) && ({ style: 'currency', currency } as const)), minimumFractionDigits: places, maximumFractionDigits: places };
  return new Intl.NumberFormat(locale, format).format(minor / 10 ** places);
}

/** What stands before the digits after the point, where amounts are typed. */
export const separator = new Intl.NumberFormat(locale).formatToParts(1.5).some(({ value }) => value === ',') ? ',' : '.';

const percents = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 2 });
/** Basis points, as a percentage. */
export const percent = (points: number): string => percents.format(points / 10_000);

const moments = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
export const moment = (ms: number): string => moments.format(ms);
const times = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
/** A moment of today. */
export const timeOf = (ms: number): string => times.format(ms);
const toTheSecond = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });
/** The same; to the second where it would read like another one, which it is not. */
export const momentBeside = (ms: number, other: number): string =>
  ms !== other && moment(ms) === moment(other) ? toTheSecond.format(ms) : moment(ms);
/** All of a moment, with the weekday and the reader's zone; to the second where it has any. */
export const wholeMoment = (ms: number): string =>
  new Intl.DateTimeFormat(locale, {
    weekday: 'long', year: 'numeric', month: 'long', day: 'numeric', hour: 'numeric', minute: '2-digit', timeZoneName: 'short',
    ...(ms % 60_000 >= 1_000 && { second: '2-digit' }),
  }).format(ms);
const precise = { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', timeZoneName: 'short' } as const;
/** All of a moment as the admin API writes it, with the zone: what tells the two o'clocks of an autumn night apart. */
export function preciseMoment(text: string): string {
  const at = Date.parse(text);
  const finer = at % 1000 ? ({ second: '2-digit', fractionalSecondDigits: 3 } as const) : at % 60_000 ? ({ second: '2-digit' } as const) : {};
  return new Intl.DateTimeFormat(locale, { ...precise, ...finer }).format(at);
}
/** A moment as the admin API writes it. */
export const momentOf = (text: string): string => moment(Date.parse(text));

type Unit = 'second' | 'minute' | 'hour' | 'day';
const unitOf = (unit: Unit) => new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' });
const unit = (n: number, unit: Unit): string => unitOf(unit).format(n);

/** What is left, unit by unit, each with what it is called: days only where there are any. */
export function countdownParts(ms: number): { unit: Unit; digits: string; name: string }[] {
  const total = Math.max(0, Math.ceil(ms / 1000));
  const parts: [Unit, number][] = [['day', Math.floor(total / 86_400)], ['hour', Math.floor(total / 3600) % 24], ['minute', Math.floor(total / 60) % 60], ['second', total % 60]];
  const two = new Intl.NumberFormat(locale, { minimumIntegerDigits: 2, useGrouping: false });
  return parts
    .filter(([unit, n]) => unit !== 'day' || n > 0)
    .map(([unit, n]) => ({ unit, digits: unit === 'day' ? number(n) : two.format(n), name: unitOf(unit).formatToParts(n).find(({ type }) => type === 'unit')?.value ?? '' }));
}

/** In one unit, for estimates. */
export function roughly(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 90) return unit(seconds, 'second');
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? unit(minutes, 'minute') : unit(Math.round(minutes / 60), 'hour');
}

/** To the second, for what somebody counts on. */
export function exactly(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const [minutes, rest] = seconds < 120 ? [0, seconds] : [Math.floor(seconds / 60), seconds % 60];
  return [minutes && unit(minutes, 'minute'), rest && unit(rest, 'second')].filter(Boolean).join(' ');
}

/** To the second, for countdowns. */
export function countdown(ms: number): string {
  const total = Math.max(0, Math.ceil(ms / 1000));
  const [days, hours] = [Math.floor(total / 86_400), Math.floor(total / 3600) % 24];
  const two = new Intl.NumberFormat(locale, { minimumIntegerDigits: 2, useGrouping: false });
  const clock = `${two.format(Math.floor(total / 60) % 60)}:${two.format(total % 60)}`;
  const withHours = days > 0 || hours > 0 ? `${two.format(hours)}:${clock}` : clock;
  return days > 0 ? `${unit(days, 'day')} ${withHours}` : withHours;
}
