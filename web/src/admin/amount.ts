/** What people type as an amount, and what is understood of it: only what cannot mean two things. */

/** The server's bound on a unit's price, in minor units. */
const AMOUNT_MINOR_MAX = 500_000_000_000;

/** ASCII, Arabic and Persian digits, as ASCII. */
const ascii = (text: string): string =>
  text.replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 0xf)).replace('\u066b', '.');

/**
 * An amount in minor units of a currency with so many digits after the point, or nothing when it is not certain what
 * is meant: blank, grouped ("1,234"), finer than the currency, with an exponent or a sign. Point and comma both
 * separate; but where three digits may follow, only the reader's own separator does: "1.234" is a thousand to some.
 */
export function amount(text: string, digits: number, separator: string): number | undefined {
  const [, whole, mark, part = ''] = /^(\d{1,15})(?:([.,])(\d+))?$/.exec(ascii(text.trim())) ?? [];
  if (whole === undefined || part.length > digits) return undefined;
  if (part.length === 3 && mark !== separator) return undefined;
  const minor = Number(whole + part.padEnd(digits, '0'));
  return minor <= AMOUNT_MINOR_MAX ? minor : undefined;
}

/** Basis points of a percentage from 0 to 100 with at most two digits after the point. */
export function basisPoints(text: string, separator: string): number | undefined {
  const points = amount(text, 2, separator);
  return points === undefined || points > 10_000 ? undefined : points;
}

/** A count: digits and nothing else. */
export function count(text: string): number | undefined {
  const digits = ascii(text.trim());
  return /^\d{1,9}$/.test(digits) ? Number(digits) : undefined;
}

/** As `amount` reads it: plain digits, with the reader's separator. */
export function written(minor: number, digits: number, separator: string): string {
  if (digits === 0) return String(minor);
  const all = String(minor).padStart(digits + 1, '0');
  return `${all.slice(0, -digits)}${separator}${all.slice(-digits)}`;
}
