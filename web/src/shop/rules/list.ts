/** The sales in sections, and when the list is next worth asking for. */
import { isSoldOut } from '../states';
import type { Item, Sale } from '../types';

export interface Sections {
  open: Sale[];
  soon: Sale[];
  over: Sale[];
}

/** What has opened by the clock is open, whatever was told last. Of those that are over, the latest comes first. */
export function inSections(sales: readonly Sale[], nowMs: number): Sections {
  const of = (is: (sale: Sale) => boolean): Sale[] => sales.filter(is);
  const isOver = ({ status }: Sale): boolean => status === 'ended' || status === 'stopped';
  const isSoon = ({ status, opens_at_ms }: Sale): boolean => (status === 'upcoming' || status === 'paused') && nowMs < opens_at_ms;
  const open = of((sale) => !isOver(sale) && !isSoon(sale));
  return {
    // What can be had comes before what cannot.
    open: [...open.filter((sale) => !isSoldOut(sale)), ...open.filter(isSoldOut)],
    soon: of(isSoon),
    over: of(isOver).reverse(),
  };
}

/** In how many ms one of them opens or closes next, by the clock. */
export function nextTurnMs(sales: readonly Sale[], nowMs: number): number {
  const turns = sales.flatMap(({ opens_at_ms, closes_at_ms, lobby }) => [opens_at_ms, closes_at_ms, lobby?.opens_at_ms ?? 0, lobby?.closes_at_ms ?? 0]);
  return Math.min(...turns.filter((at) => at > nowMs).map((at) => at - nowMs));
}

/** What is left of all items of a sale together. */
export const leftOf = (items: readonly Item[]): { left: number; allocated: number } =>
  items.reduce(({ left, allocated }, item) => ({ left: left + item.left, allocated: allocated + item.allocated }), { left: 0, allocated: 0 });
