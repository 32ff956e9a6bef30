/** Times in the admin's own zone, as `datetime-local` has them, and the instants they may stand for. */

/** As `datetime-local` wants it; seconds only where there are any. */
export function local(instant: string): string {
  const at = new Date(instant);
  const two = (n: number): string => String(n).padStart(2, '0');
  const [seconds, ms] = [at.getSeconds(), at.getMilliseconds()];
  const fine = ms ? `:${two(seconds)}.${String(ms).padStart(3, '0')}` : seconds ? `:${two(seconds)}` : '';
  const day = `${String(at.getFullYear()).padStart(4, '0')}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}${fine}`;
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
