/** What can happen at the page. Times and keys are made outside, and come in as values. */
import type { LinkState } from '../link/connection';
import type { Said } from '../said';
import type { Attempt, LetIn, Order as Bought, Sale } from '../types';
import type { Errand, Timer } from './effects';
import type { Order, Trouble, Wish } from './state';

/** The shopper does something. */
export type Wanted =
  | { type: 'buy'; order: Order; key: string }
  /** With a card's token, or without one when there is nothing to pay. */
  | { type: 'pay'; card?: string | undefined; key: string }
  /** The shopper has answered the bank: what does it say? */
  | { type: 'bank answered' }
  /** A place on standby, or a reservation. */
  | { type: 'give up' }
  /** Another one of what they have. */
  | { type: 'show'; attemptId: string }
  /** Forgets what came of it, for a new try. */
  | { type: 'start anew' };

/** The link is up or down, or brings something. */
export type Heard =
  | { type: 'link'; link: LinkState }
  | { type: 'said'; said: Said }
  /** Without a sale, it is as it was. */
  | { type: 'sale'; sale: Sale | undefined }
  | { type: 'no sale'; problem: Trouble }
  | { type: 'orders'; orders: readonly Bought[] }
  /** What this shopper has in the sale. */
  | { type: 'holdings'; attempts: readonly Attempt[] }
  | { type: 'attempt'; attemptId: string; attempt: Attempt }
  | { type: 'no attempt'; attemptId: string; problem: Trouble };

/** What becomes of what the courier carries. */
export type Carried =
  | { type: 'answered'; errand: Errand; letIn?: LetIn | undefined }
  | { type: 'refused'; errand: Errand; problem: Trouble }
  /** Not yet: it is sent again. */
  | { type: 'delayed'; errand: Errand; problem: Trouble };

/** The browser: other tabs, sleep, timers. */
export type Noticed =
  | { type: 'kept elsewhere'; wish: Wish | undefined }
  | { type: 'awake' }
  | { type: 'due'; timer: Timer };

export type Happening = Wanted | Heard | Carried | Noticed;

/** With the server's time at which it happened. */
export type DeskEvent = Happening & { atMs: number };
