import type { Price, PriceLine } from '../types';

/** Whether all units cost something else than was shown at the click, or some of them. */
export function changeOf(price: Price, shownMinor: number | undefined): 'all' | 'some' | undefined {
  if (shownMinor === undefined) return undefined;
  // A coupon makes it cheaper, as was asked for.
  const differs = ({ unit_minor: minor }: PriceLine): boolean => (price.coupon ? minor > shownMinor : minor !== shownMinor);
  const [first] = price.lines;
  if (!first || !price.lines.some(differs)) return undefined;
  return differs(first) ? 'all' : 'some';
}
