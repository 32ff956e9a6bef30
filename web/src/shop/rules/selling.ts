/** How the sale goes: as it is read, and as progress tells. */
import type { Progress } from '../said';
import type { Item, Lobby, Sale } from '../types';
import { pause } from './hold';
import { others } from './holdings';
import { fingerprint } from './lobby';
import { withPace } from './place';
import { has, type Trouble } from './state';
import { and, fail, keep, type Step } from './step';

/** What everybody hears at the same moment must not make everybody ask at the same moment. */
const SPREAD = { fromMs: 0, toMs: 2_000 };

/** The sale was read; nothing when it is as it was. */
export function readSale(step: Step, sale: Sale | undefined, atMs: number): Step {
  const { problem, link, queues, servedNow, hold, knowsTheEnd } = step.state;
  const isOver = problem?.kind === 'not_found' || problem?.kind === 'offline';
  const next = isOver ? and(step, { problem: undefined }) : step;
  if (!sale) return next;
  const isPaused = sale.status === 'paused';
  return and(keepFingerprint(next, sale, atMs), {
    sale,
    servedNow: Math.max(servedNow, sale.served ?? 0),
    hold: pause(hold, isPaused, atMs),
    knowsTheEnd: knowsTheEnd || !isPaused,
    // With a socket, progress knows better.
    queues: link === 'live' ? queues : { ...queues, ...bySku(sale.items) },
  });
}

/** An entry that was found before the sale was read. */
function keepFingerprint(step: Step, sale: Sale, atMs: number): Step {
  const { wish } = step.state;
  const commitment = fingerprint(sale, atMs);
  return wish?.isEntry && !wish.commitment && commitment ? keep(step, { ...wish, commitment }) : step;
}

/**
 * What is known already is worth more than that it could not be read again; but one that had not opened, and that nobody knows any more,
 * was taken back.
 */
export function saleUnread(step: Step, problem: Trouble): Step {
  const { sale, wish } = step.state;
  const isTakenBack = problem.kind === 'not_found' && !wish && sale?.status === 'upcoming';
  return isTakenBack ? fail(and(step, { sale: undefined }), problem) : sale ? step : fail(step, problem);
}

/** What everybody hears a few times a second. */
export function follow(step: Step, progress: Progress, atMs: number): Step {
  const { sale: before, paces, servedNow, queues } = step.state;
  const next = and(step, {
    paces: withPace(paces, progress.pace_per_s),
    pacePerS: progress.pace_per_s,
    stalled: progress.stalled,
    servedNow: Math.max(servedNow, progress.served),
    queues: { ...queues, ...bySku(progress.items) },
  });
  return before ? followSale(next, before, progress, atMs) : next;
}

function followSale(step: Step, before: Sale, progress: Progress, atMs: number): Step {
  const { hold, knowsTheEnd, isOutdated } = step.state;
  const sale = following(before, progress, progress.served > step.state.servedNow);
  const goesOn = before.status === 'paused' && sale.status === 'active';
  let next = and(step, {
    sale,
    hold: pause(hold, sale.status === 'paused', atMs),
    knowsTheEnd: knowsTheEnd && !goesOn,
  });
  // The sale was paused, or goes on: the time to pay has another end.
  if (before.status !== sale.status && (has(next.state) === 'reservation' || others(next.state).length > 0))
    next = and(next, {}, { do: 'later', timer: 'catch up', span: SPREAD });
  if (!isOutdated && (hasUntold(before, sale) || isDraft(progress)))
    next = and(next, { isOutdated: true }, { do: 'later', timer: 'read sale', span: SPREAD });
  return next;
}

const bySku = <T extends { sku: string }>(items: readonly T[]): Record<string, T> =>
  Object.fromEntries(items.map((item) => [item.sku, item]));

/** It was taken back: what is still known of it is to be read, and will not be found. */
const isDraft = ({ status }: { status: string }): boolean => status === 'draft';

/** The sale, as told by the latest progress. */
function following({ lobby, ...sale }: Sale, { status, status_reason, items }: Progress, hasMoved: boolean): Sale {
  return {
    ...sale,
    // Something was decided: nothing is waited for any more.
    ...(lobby && { lobby: hasMoved ? settled(lobby) : lobby }),
    status: isDraft({ status }) ? sale.status : status,
    status_reason,
    items: sale.items.map((item) => {
      const told = items.find(({ sku }) => sku === item.sku);
      if (!told) return item;
      const { left, held, sold, standby_len, unit_minor, tier } = told;
      const nothingToHave = left === 0 && (standby_len >= sale.standby_max || (item.sold_out && held === 0));
      const next = { ...item, left, held, sold, standby_len, tier, sale_minor: unit_minor, sold_out: nothingToHave };
      // What it was cheaper than is not known until the sale is read.
      return isRepriced(item, next) ? { ...next, list_minor: unit_minor } : next;
    }),
  };
}

const settled = ({ waits_for: _, ...lobby }: Lobby): Lobby => lobby;

/** Whether it has another price by the organiser's will, and not by a tier. */
const isRepriced = (before: Item, after: Item): boolean => before.sale_minor !== after.sale_minor && before.tier === after.tier;

/** Whether something has changed that progress does not tell: the end after a pause, sold out, a restock, the list price. */
function hasUntold(before: Sale, after: Sale): boolean {
  const isGone = (item: Item | undefined): boolean => item?.left === 0 && item.held === 0;
  return (
    before.status !== after.status ||
    after.items.some((item, at) => isGone(item) && !isGone(before.items[at])) ||
    after.items.some((item, at) => isRepriced(before.items[at] ?? item, item)) ||
    after.items.some(({ left, held, sold, allocated }) => left + held + sold > allocated)
  );
}
