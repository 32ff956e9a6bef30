/** Amounts, between minor units and what people type. */
import { digits } from '../i18n/locale';

/** For an input: plain digits with a point. */
export const written = (minor: number, currency: string): string => (minor / 10 ** digits(currency)).toFixed(digits(currency));

export function minor(text: string, currency: string): number {
  return Math.round(Number(text.replace(',', '.')) * 10 ** digits(currency));
}

export const isCurrency = (code: string): boolean => /^[A-Z]{3}$/.test(code);
