/** Cards of the sandbox. The number never leaves the page: it becomes a token that says how the gateway behaves. */

const BEHAVIOURS: Record<string, string> = {
  '4000000000000002': 'tok_declined',
  '4000000000000077': 'tok_slow',
  '4000000000000119': 'tok_timeout',
  '4000000000000341': 'tok_capture_fails',
  '4000002500003155': 'tok_3ds',
};

/** Digits as keyboards of Arabic and Persian write them, as ours. */
export const latin = (text: string): string =>
  text.replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 0xf));

const digits = (text: string): string => text.replace(/[\s-]/g, '');

/** As it stands on the card: in fours; of cards that begin with 34 or 37, in four, six and five. What is no number stays, to be seen. */
export function grouped(text: string): string {
  const all = digits(latin(text)).slice(0, 19);
  if (/\D/.test(all)) return text;
  const parts = /^3[47]/.test(all) ? [all.slice(0, 4), all.slice(4, 10), all.slice(10)] : (all.match(/.{1,4}/g) ?? []);
  return parts.filter(Boolean).join(' ');
}

/** With the stroke that keyboards for numbers lack. Nobody's month is 2 to 9 and something. */
export function monthAndYear(text: string): string {
  // A month of one digit ends with the stroke.
  const typed = latin(text).replace(/^\s*(\d)\s*\//, '0$1').replace(/\D/g, '');
  const all = (/^[2-9]/.test(typed) ? `0${typed}` : typed).slice(0, 6);
  return all.length > 2 ? `${all.slice(0, 2)}/${all.slice(2)}` : all;
}

/** By the check digit (Luhn, ISO/IEC 7812-1). */
export function isCardNumber(text: string): boolean {
  // Those that begin with a 4 have one of three lengths; others differ more.
  if (!/^(?:4(?:\d{12}|\d{15}|\d{18})|[0-35-9]\d{11,18})$/.test(digits(text))) return false;
  const sum = [...digits(text)].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 1 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

/** The end of the month that is written on a card (12/30, 1230, 12 / 2030), in Unix ms; nothing if it is none. */
export function expiryMs(text: string): number | undefined {
  const [, month, year] = /^(0[1-9]|1[0-2])\s*\/?\s*((?:20)?\d{2})$/.exec(text) ?? [];
  // The last place on earth to leave the month.
  return month && year ? Date.UTC(2000 + (Number(year) % 100), Number(month), 1, 12) : undefined;
}

export const cardToken = (text: string): string => BEHAVIOURS[digits(text)] ?? 'tok_ok';
