/** All that the page knows about one sale and this shopper's attempt in it. Only `reduce` makes a new one. */
import type { LinkState } from '../link/connection';
import { HAS } from '../states';
import type { Action, Attempt, Order as Bought, Sale } from '../types';
import { leftMs, NO_HOLD, type Hold } from './hold';
import { aheadOf, standbyPlace, waitFor, type Paces, type Queue, type Ticket } from './place';

/** What was filled in. */
export interface Order {
  sku: string;
  quantity: number;
  coupon?: string;
  accessCode?: string;
  /** The price of a unit that was on the page when it was asked for. */
  shownMinor?: number;
}

/** What this browser has asked for in a sale, kept until the shopper starts anew. */
export interface Wish extends Order, Ticket {
  key: string;
  /** Once the door has let it in. */
  attemptId?: string;
  /** It was clicked while the lobby was open. */
  isForLobby?: boolean;
  pollAfterMs?: number;
  /** It was in the lobby. */
  isEntry?: boolean;
  /** What was told of the draw's secret before the lobby closed. */
  commitment?: string;
  /** Of the payment under way: written before it is sent, too. Without a card there is nothing to pay. */
  payment?: { key: string; card?: string };
}

/** Why something did not work: what `Problem` says of it. */
export interface Trouble {
  /** The stable word. */
  readonly kind: string;
  readonly status: number;
  /** Whether the same may succeed later. */
  readonly isPassing: boolean;
}

export interface State {
  readonly event: string;
  readonly sale: Sale | undefined;
  readonly wish: Wish | undefined;
  readonly attempt: Attempt | undefined;
  /** The time to pay. */
  readonly hold: Hold;
  readonly link: LinkState;
  /** The line has not moved though it should. */
  readonly stalled: boolean;
  readonly pacePerS: number;
  readonly paces: Paces;
  /** Attempts answered so far. */
  readonly servedNow: number;
  /** Those on standby, by item. */
  readonly queues: Readonly<Record<string, Queue>>;
  /** What this shopper has ordered in the sale before. */
  readonly orders: readonly Bought[];
  /** The places and reservations of this shopper in the sale, as far as they are known; what is shown may be among them. */
  readonly holdings: readonly Attempt[];
  /** What was kept of those that were shown before, by attempt. */
  readonly shelf: Readonly<Record<string, Wish>>;
  /** Why the last thing did not work, until it does. */
  readonly problem: Trouble | undefined;
  /** What the door refused, to be put right. */
  readonly refused: Order | undefined;
  /** The server does not know the attempt as this shopper's: it has another shopper here, or forgot. */
  readonly isLost: boolean;
  /** A payment was sent, and its end is not known. */
  readonly paying: boolean;
  /** The bank has yet to answer the payment under way; or asks this. */
  readonly atBank: { readonly action: Action | undefined } | undefined;
  /** The key of the payment that the courier carries. */
  readonly submitting: string | undefined;
  /** Why the latest payment came to nothing; the reservation is there still. */
  readonly unpaid: { readonly why: 'declined' | 'not_made'; readonly triesLeft: number | undefined } | undefined;
  /** Asked to give up what this shopper has; the answer comes with the line. */
  readonly leaving: boolean;
  /** How often was asked how the attempt stands, without anything new. */
  readonly asks: number;
  /** Whether anything has happened since the page was opened. */
  readonly hasMoved: boolean;
  /** Whether it is known when the sale closes: a pause that has just ended has moved it. */
  readonly knowsTheEnd: boolean;
  /** What is known of the sale is outdated, and it is about to be read. */
  readonly isOutdated: boolean;
  /** Counts news of the attempt, so that a page in the background can say so in its title. */
  readonly news: number;
}

/** Nothing is known but what this browser has kept. */
export const unknown = (event: string, wish: Wish | undefined, link: LinkState): State => ({
  event,
  sale: undefined,
  wish,
  attempt: undefined,
  hold: NO_HOLD,
  link,
  stalled: false,
  pacePerS: 0,
  paces: [],
  servedNow: 0,
  queues: {},
  orders: [],
  holdings: [],
  shelf: {},
  problem: undefined,
  refused: undefined,
  isLost: false,
  paying: false,
  atBank: undefined,
  submitting: undefined,
  unpaid: undefined,
  leaving: false,
  asks: 0,
  hasMoved: false,
  knowsTheEnd: true,
  isOutdated: false,
  news: 0,
});

/** What this shopper has. Before the door has said yes, that is nothing. */
export const has = ({ attempt, isLost }: State): 'place' | 'reservation' | 'purchase' | 'nothing' =>
  attempt && !isLost ? HAS[attempt.state] : 'nothing';

/** How many are before this shopper, as far as is known. */
export const ahead = ({ wish, servedNow }: State): number | undefined => wish && aheadOf(wish, servedNow);

/** How long that may take. */
export function wait(state: State): { fromMs: number; toMs: number } | undefined {
  const before = ahead(state);
  return before === undefined ? undefined : waitFor(before, state.paces);
}

/** The time left to pay. */
export const payWithinMs = ({ hold }: State, nowMs: number): number | undefined => leftMs(hold, nowMs);

/** This shopper's place on standby. */
export function placeOnStandby({ attempt, queues }: State): number | undefined {
  const { standby, sku = '' } = attempt ?? {};
  return standby && standbyPlace(standby, queues[sku]);
}
