/** The steps of the form, which fields each has, and how one stands. */
import type { Refused } from '../refused';

export const STEPS = ['sold', 'start', 'rules', 'buyers', 'check'] as const;
export type Step = (typeof STEPS)[number];

/** The fields of the API, by the step that has them; what is not here belongs to the first. */
const FIELDS: Readonly<Record<string, Step>> = {
  opens_at: 'start', closes_at: 'start', lobby: 'start', time_zone: 'start',
  checkout: 'rules', checkout_url: 'rules', gateway: 'rules', hold_seconds: 'rules', standby_hold_seconds: 'rules', grace_seconds: 'rules',
  per_shopper_max: 'rules', quantity_max: 'rules', standby_max: 'rules', payment_tries: 'rules',
  coupons: 'buyers', access_codes: 'buyers', buyer_fields: 'buyers', participation: 'buyers', machine_check: 'buyers', hoarding: 'buyers', series_id: 'buyers',
};

/** Whichever step has a field that the API names: `lobby.opens_at`, `items[0].sku`. */
export const stepOf = (field: string): Step => FIELDS[/^[a-z_]+/.exec(field)?.[0] ?? ''] ?? 'sold';

/** As the address says it; without a word, or with a wrong one, the first. */
export const stepNamed = (text: string | null): Step => STEPS.find((step) => step === text) ?? 'sold';

/** `wrong`: something cannot be used as it is; `open`: something is still needed; `complete`: neither. */
export type Standing = 'wrong' | 'open' | 'complete';

/** What is known of one field by the browser. */
export interface Seen {
  isValid: boolean;
  /** It is needed, and blank. */
  isMissing: boolean;
}

/** How a step stands. What is missing is wrong once somebody wanted to save it. */
export function standingOf(step: Step, fields: readonly Seen[], refused: Refused, isAsked: boolean): Standing {
  const isRefused = Object.keys(refused).some((field) => stepOf(field) === step);
  if (isRefused || fields.some(({ isValid, isMissing }) => !isValid && (isAsked || !isMissing))) return 'wrong';
  return fields.every(({ isValid }) => isValid) ? 'complete' : 'open';
}
