/** Cards of the sandbox. The number never leaves the page: it becomes a token that says how the gateway behaves. */

const BEHAVIOURS: Record<string, string> = {
  '4000000000000002': 'tok_declined',
  '4000000000000077': 'tok_slow',
  '4000000000000119': 'tok_timeout',
  '4000000000000341': 'tok_capture_fails',
};

const digits = (text: string): string => text.replace(/[\s-]/g, '');

/** By the check digit (Luhn, ISO/IEC 7812-1). */
export function isCardNumber(text: string): boolean {
  if (!/^\d{12,19}$/.test(digits(text))) return false;
  const sum = [...digits(text)].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 1 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

export const isExpiry = (text: string): boolean => /^(0[1-9]|1[0-2])\s*\/\s*\d{2}$/.test(text);

export const cardToken = (text: string): string => BEHAVIOURS[digits(text)] ?? 'tok_ok';
