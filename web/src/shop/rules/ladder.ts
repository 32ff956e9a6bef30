/** The tiers of an item's price, as steps: the one that runs, with its neighbours, and what a unit costs after the last. */
import type { Item } from '../types';

export interface Rung {
  /** Which one, from 1; after the last tier, one more than that. */
  at: number;
  /** Units at this price; nothing where it is for all that are left. */
  units: number | undefined;
  unitMinor: number;
  /** The next unit costs this. */
  isNow: boolean;
}

/** More would not be read. */
const SHOWN_MAX = 4;

export function ladder({ tiers = [], tier, list_minor }: Pick<Item, 'tiers' | 'tier' | 'list_minor'>): Rung[] {
  if (tiers.length === 0) return [];
  const now = tier ?? tiers.length + 1;
  const rungs = [
    ...tiers.map(({ units, unit_minor }, index) => ({ at: index + 1, units, unitMinor: unit_minor, isNow: now === index + 1 })),
    { at: tiers.length + 1, units: undefined, unitMinor: list_minor, isNow: now === tiers.length + 1 },
  ];
  const from = Math.max(0, Math.min(now - 2, rungs.length - SHOWN_MAX));
  return rungs.slice(from, from + SHOWN_MAX);
}
