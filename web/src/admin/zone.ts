/** Time zones by their IANA names: what clocks there show, and the instants that it stands for. */
import { locale } from '../i18n/locale';

export const browserZone: string = new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Whether this browser knows it. */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return zone !== '';
  } catch {
    return false;
  }
}

/** The zone of a sale; this browser's, where the sale has none that is known here. */
export const zoneIn = (zone: string | null | undefined): string => (zone && isZone(zone) ? zone : browserZone);

/** All that can be chosen. UTC is missing in what browsers list. */
export const allZones = (): string[] => [...new Set([browserZone, 'UTC', ...Intl.supportedValuesOf('timeZone')])];

const clocks = new Map<string, Intl.DateTimeFormat>();
function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known) return known;
  const fields = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
  const made = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', calendar: 'gregory', numberingSystem: 'latn', ...fields });
  clocks.set(zone, made);
  return made;
}

/** What clocks in a zone show, as if it were UTC: milliseconds. */
function shownAs(at: number, zone: string): number {
  const parts = Object.fromEntries(clockOf(zone).formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) + (((at % 1000) + 1000) % 1000);
}

/** How far clocks in a zone are ahead of UTC at a moment, in milliseconds. */
export const ahead = (at: number, zone: string): number => shownAs(at, zone) - at;

/** As `datetime-local` wants it; seconds only where there are any. */
export function local(instant: string, zone: string): string {
  return new Date(shownAs(Date.parse(instant), zone)).toISOString().replace(/(?::00\.000|\.000)?Z$/, '');
}

const DAY_MS = 86_400_000;

/**
 * The instants at which clocks in a zone show this: one; two where clocks are put back; none where they jump over it.
 * The earlier first, as the API takes them.
 */
export function instants(text: string, zone: string): string[] {
  const asUtc = Date.parse(`${text}Z`);
  if (Number.isNaN(asUtc)) return [];
  // With the offset from UTC before a change of clocks, and with that after it.
  const tried = new Set([-DAY_MS, DAY_MS].map((away) => asUtc - ahead(asUtc + away, zone)));
  const found = [...tried].filter((at) => at + ahead(at, zone) === asUtc);
  return found.sort((a, b) => a - b).map((at) => new Date(at).toISOString());
}

/** The instant at which clocks in another zone show what they show in this one; as it is, where they jump over it. */
export const sameClock = (instant: string, from: string, to: string): string => (instant && instants(local(instant, from), to)[0]) || instant;

/** A zone, with how far it is from UTC at an instant: "Europe/Berlin, UTC+1". */
export function zoneOf(instant: string, zone = browserZone): string {
  const minutes = ahead(instant ? Date.parse(instant) : Math.floor(Date.now() / 1000) * 1000, zone) / 60_000;
  const [hours, rest] = [Math.trunc(Math.abs(minutes) / 60), Math.round(Math.abs(minutes) % 60)];
  const away = minutes === 0 ? '' : `${minutes < 0 ? '−' : '+'}${hours}${rest ? `:${String(rest).padStart(2, '0')}` : ''}`;
  return zone === 'UTC' ? zone : `${zone}, UTC${away}`;
}

/** An instant in UTC: "2026-10-25 00:30 UTC"; to the second and finer only where it has any. */
export const utcOf = (instant: string): string => `${new Date(instant).toISOString().replace('T', ' ').replace(/(?::00\.000|\.000)?Z$/, '')} UTC`;

/** A moment, as clocks in a zone show it. */
export const momentIn = (instant: string, zone: string): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone: zone }).format(Date.parse(instant));

/** The same, with the zone in short; to the second and finer where it has any. */
export function preciseIn(instant: string, zone: string): string {
  const at = Date.parse(instant);
  const finer = at % 1000 ? ({ second: '2-digit', fractionalSecondDigits: 3 } as const) : at % 60_000 ? ({ second: '2-digit' } as const) : {};
  const fields = { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', timeZoneName: 'short' } as const;
  return new Intl.DateTimeFormat(locale, { ...fields, ...finer, timeZone: zone }).format(at);
}
