/** Amounts, between minor units and what people write. */
const digits = (currency: string): number =>
  new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;

export function money(minor: number, currency: string): string {
  return new Intl.NumberFormat(navigator.language, { style: 'currency', currency }).format(minor / 10 ** digits(currency));
}

/** For an input: plain digits with a point. */
export const written = (minor: number, currency: string): string => (minor / 10 ** digits(currency)).toFixed(digits(currency));

export function minor(text: string, currency: string): number {
  return Math.round(Number(text.replace(',', '.')) * 10 ** digits(currency));
}

export const isCurrency = (code: string): boolean => /^[A-Z]{3}$/.test(code);
export const number = (n: number | undefined): string => (n === undefined ? '–' : n.toLocaleString());
export const time = (text: string | number): string =>
  new Date(text).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
