/**
 * What is known about one sale and this shopper's attempt in it, kept true: by the socket, by asking where sockets
 * are blocked, and by what other tabs of the browser did. Views read it and call its methods.
 */
import { learnDigits } from '../i18n/locale';
import { Followed, Problem } from '../shared/api';
import { asking, onJump } from '../shared/clock';
import { newKey } from '../shared/key';
import { ring } from './chime';
import { Hold } from './hold';
import { ahead, Pace, standbyPlace, type Queue } from './place';
import { pauseMs, untilAnswered } from './retry';
import { callAsShopper, keepSession } from './session';
import { Socket } from './socket';
import { HAS, PAYMENT } from './states';
import type { Accepted, Attempt, Item, OrderNews, Payment, Progress, Said, Sale } from './types';
import * as wishes from './wish';
import type { Order, Wish } from './wish';

/** How often to ask for the sale's own page data while the socket tells the rest. */
const SALE_EVERY_MS = 15_000;
/** A cache may hold it for so long: good enough for a clock until the socket tells better. */
const SALE_AGE_MAX_MS = 1_000;
/** Without a socket: at least so long between two questions, and so long before the first. */
const POLL_MIN_MS = 2_000;
const NO_SOCKET_MS = 4_000;
/** What everybody hears at the same moment must not make everybody ask at the same moment. */
const SPREAD_MS = 2_000;

export type Link = 'connecting' | 'live' | 'lost' | 'polling';

export class Desk {
  sale: Sale | undefined;
  wish: Wish | undefined;
  attempt: Attempt | undefined;
  stalled = false;
  pacePerS = 0;
  link: Link = navigator.onLine ? 'connecting' : 'lost';
  /** Why the last thing did not work, until it does. */
  problem: Problem | undefined;
  /** What the door refused, to be put right. */
  refused: Order | undefined;
  /** The server does not know the attempt as this shopper's: it has another shopper here, or forgot. */
  isLost = false;
  /** A payment was sent, and its end is not known. */
  paying = false;
  declined: { triesLeft?: number | undefined } | undefined;
  /** Asked to give up what this shopper has; the answer comes with the line. */
  leaving = false;
  /** Whether anything has happened since the page was opened. */
  hasMoved = false;
  /** Whether it is known when the sale closes: a pause that has just ended has moved it. */
  knowsTheEnd = true;
  /** Counts news of the attempt, so that a page in the background can say so in its title. */
  news = 0;

  private readonly hold = new Hold();
  private readonly pace = new Pace();
  private readonly socket: Socket;
  private readonly followed: Followed<Sale>;
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly queues = new Map<string, Queue>();
  private readonly leave: (() => void)[];
  private servedNow = 0;
  private lostAt: number | undefined = Date.now();
  private asks = 0;
  private sending = false;
  private submitting = false;
  private ended = false;

  constructor(
    private readonly event: string,
    private readonly changed: () => void,
  ) {
    this.wish = wishes.read(event);
    this.followed = new Followed(`/api/v1/sales/${event}`);
    this.socket = new Socket(
      () => ({ events: [event], attempts: this.watched() }),
      (said) => this.hear(said),
      (yes) => this.connected(yes),
    );
    const restored = (shown: PageTransitionEvent): void => (shown.persisted ? this.awake() : undefined);
    const looked = (): void => (document.visibilityState === 'visible' ? this.awake() : undefined);
    document.addEventListener('visibilitychange', looked);
    addEventListener('pageshow', restored);
    this.leave = [
      wishes.follow(event, () => this.otherTab()),
      onJump(() => this.awake()),
      () => document.removeEventListener('visibilitychange', looked),
      () => removeEventListener('pageshow', restored),
      () => this.socket.close(),
      () => this.timers.forEach(clearTimeout),
    ];
    void this.readSale();
    this.resume();
    this.pollLater(NO_SOCKET_MS);
  }

  close(): void {
    this.ended = true;
    this.leave.forEach((act) => act());
  }

  /** How many are before this shopper, as far as is known. */
  get ahead(): number | undefined {
    return this.wish && ahead(this.wish, this.servedNow);
  }

  get wait(): { fromMs: number; toMs: number } | undefined {
    const before = this.ahead;
    return before === undefined ? undefined : this.pace.wait(before);
  }

  /** What this shopper has. Before the door has said yes, that is nothing. */
  get has(): 'place' | 'reservation' | 'purchase' | 'nothing' {
    return this.attempt && !this.isLost ? HAS[this.attempt.state] : 'nothing';
  }

  /** The time left to pay. */
  get payWithinMs(): number | undefined {
    return this.hold.leftMs;
  }

  get standbyPlace(): number | undefined {
    const { standby, sku = '' } = this.attempt ?? {};
    return standby && standbyPlace(standby, this.queues.get(sku));
  }

  /** Takes a place in the line. What is wanted is kept before it is sent. */
  buy(order: Order): void {
    if (this.wish) return;
    this.hasMoved = true;
    this.forget();
    this.keep({ ...order, key: newKey() });
    void this.enter();
  }

  /** Forgets what came of it, for a new try. */
  startAnew(): void {
    if (this.has === 'purchase') wishes.noteBought(this.event);
    this.forget();
    this.keep(undefined);
    void this.readSale();
  }

  /** With a card's token, or without one when there is nothing to pay. */
  pay(card?: string): void {
    if (!this.wish || this.paying) return;
    this.keep({ ...this.wish, payment: { key: newKey(), ...(card && { card }) } });
    this.declined = undefined;
    void this.sendPayment();
  }

  async giveUp(): Promise<void> {
    const id = this.wish?.attemptId;
    if (!id || this.leaving) return;
    this.leaving = true;
    this.asks = 0;
    this.changed();
    const path = `/api/v1/sales/${this.event}/reservations/${id}/cancel`;
    try {
      await callAsShopper(path, { method: 'POST' });
      this.problem = undefined;
      this.askLater();
    } catch (error) {
      this.leaving = false;
      this.fail(error);
    }
  }

  /** Goes on where this browser left off. */
  private resume(): void {
    if (!this.wish) return;
    if (this.wish.attemptId) void this.ask();
    else void this.enter();
    if (this.wish.payment) void this.sendPayment();
  }

  private forget(): void {
    this.attempt = undefined;
    this.problem = undefined;
    this.refused = undefined;
    this.declined = undefined;
    this.paying = false;
    this.leaving = false;
    this.isLost = false;
    this.hold.forget();
  }

  private keep(wish: Wish | undefined): void {
    this.wish = wish;
    wishes.write(this.event, wish);
    this.changed();
  }

  private watched(): { event_id: string; attempt_id: string }[] {
    return this.wish?.attemptId ? [{ event_id: this.event, attempt_id: this.wish.attemptId }] : [];
  }

  private async enter(): Promise<void> {
    const wish = this.wish;
    if (!wish || wish.attemptId || this.sending) return;
    this.sending = true;
    const body = {
      sku: wish.sku,
      quantity: wish.quantity,
      ...(wish.coupon && { coupon: wish.coupon }),
      ...(wish.accessCode && { access_code: wish.accessCode }),
    };
    try {
      const path = `/api/v1/sales/${this.event}/attempts`;
      const accepted = await this.persist(() =>
        callAsShopper<Accepted>(path, { method: 'POST', key: wish.key, body }),
      );
      if (this.wish?.key !== wish.key || !accepted) return;
      this.attempt ??= { attempt_id: accepted.attempt_id, event_id: this.event, state: 'in_line', sku: wish.sku };
      this.keep({
        ...this.wish,
        attemptId: accepted.attempt_id,
        pollAfterMs: accepted.poll_after_ms,
        ...(accepted.ahead !== undefined && { ahead: accepted.ahead }),
        ...(accepted.served !== undefined && { served: accepted.served }),
      });
      this.socket.watch();
    } catch (error) {
      // Refused at the door: nothing was asked for, so nothing is kept but what was filled in.
      if (this.wish?.key !== wish.key) return;
      this.refused = wish;
      this.keep(undefined);
      this.fail(error);
      void this.readSale();
    } finally {
      this.sending = false;
    }
  }

  private async sendPayment(): Promise<void> {
    const { attemptId, payment } = this.wish ?? {};
    if (!attemptId || !payment || this.submitting) return;
    this.submitting = true;
    this.paying = true;
    this.asks = 0;
    this.problem = undefined;
    this.changed();
    try {
      const path = `/api/v1/sales/${this.event}/reservations/${attemptId}/payments`;
      const body = payment.card === undefined ? {} : { card_token: payment.card };
      await this.persist(() => callAsShopper(path, { method: 'POST', key: payment.key, body }));
      this.askLater();
    } catch (error) {
      this.paid();
      this.fail(error);
      void this.ask();
    } finally {
      this.submitting = false;
    }
  }

  /** The payment has ended, one way or the other. */
  private paid(): void {
    this.paying = false;
    if (this.wish?.payment) {
      const { payment: _, ...rest } = this.wish;
      this.keep(rest);
    }
  }

  private fail(error: unknown): void {
    this.problem = error instanceof Problem ? error : new Problem('internal', 0, String(error));
    this.changed();
  }

  private async persist<T>(act: () => Promise<T>): Promise<T | undefined> {
    const answer = await untilAnswered(act, (problem) => {
      this.fail(problem);
      return !this.ended;
    });
    this.problem = undefined;
    return answer;
  }

  private async readSale(): Promise<void> {
    this.later('sale', SALE_EVERY_MS * (0.75 + Math.random() / 2), () => void this.readSale());
    void keepSession();
    const learn = asking();
    try {
      const sale = await this.followed.read();
      if (sale) {
        learnDigits(sale.currency, sale.currency_digits);
        learn(sale.server_time_ms, SALE_AGE_MAX_MS);
        this.servedNow = Math.max(this.servedNow, sale.served ?? 0);
        this.hold.pause(sale.status === 'paused');
        this.knowsTheEnd ||= sale.status !== 'paused';
        this.sale = sale;
        // With a socket, progress knows better.
        if (this.link !== 'live') for (const item of sale.items) this.queues.set(item.sku, item);
      }
      if (this.problem?.kind === 'not_found' || this.problem?.kind === 'offline') this.problem = undefined;
      if (this.link === 'lost' && this.isWithoutSocket) this.link = 'polling';
    } catch (error) {
      if (this.link === 'polling') this.link = 'lost';
      if (!this.sale) {
        this.fail(error);
        if (!(error instanceof Problem) || error.isPassing) this.later('sale', pauseMs(0), () => void this.readSale());
      }
    }
    this.changed();
  }

  /** Asks how the attempt stands. */
  private async ask(): Promise<void> {
    const id = this.wish?.attemptId;
    if (!id || this.ended) return;
    try {
      const attempt = await callAsShopper<Attempt>(`/api/v1/sales/${this.event}/attempts/${id}`);
      if (this.wish?.attemptId !== id) return;
      this.isLost = false;
      this.take(attempt);
      this.takePayment(attempt.payment);
      if (this.paying || this.leaving) this.askLater();
    } catch (error) {
      if (this.wish?.attemptId !== id) return;
      if (error instanceof Problem && error.status === 404) this.isLost = true;
      else this.askLater();
    }
    this.changed();
  }

  /** Asks again, less and less often: news come by themselves, and sooner. */
  private askLater(): void {
    this.later('ask', pauseMs(this.asks), () => void this.ask());
    this.asks += 1;
  }

  private takePayment(payment: Payment | undefined): void {
    // An earlier one says nothing about that which is being sent.
    if (this.submitting) return;
    if (!payment) {
      if (this.wish?.payment) void this.sendPayment();
      return;
    }
    const isOver = PAYMENT[payment.state] !== 'under_way' || this.has !== 'reservation';
    if (!isOver) this.paying = true;
    else {
      this.paid();
      if (PAYMENT[payment.state] === 'failed') this.declined = { triesLeft: payment.tries_left };
    }
  }

  private hear(said: Said): void {
    if (said.type === 'welcome') this.socket.watch();
    if (said.type === 'attempt' && said.attempt_id === this.wish?.attemptId) this.take(said);
    if (said.type === 'order' && said.attempt_id === this.wish?.attemptId) this.takeOrder(said);
    if (said.type === 'progress' && said.event_id === this.event) this.follow(said);
  }

  /** News: absent fields are unchanged. And what is decided never becomes undecided. */
  private take(news: Attempt): void {
    const before = this.attempt?.state;
    if (before && before !== 'in_line' && news.state === 'in_line') return;
    const asked = this.wish && { sku: this.wish.sku, quantity: this.wish.quantity };
    this.attempt = { ...asked, ...this.attempt, ...news };
    if (news.state === 'reserved' && news.deadline_ms !== undefined) this.hold.told(news.deadline_ms);
    if (news.state !== before) {
      this.hasMoved ||= before !== undefined;
      this.leaving = false;
      this.asks = 0;
      if (this.paying && news.state !== 'reserved') {
        this.paid();
        this.askLater();
      }
      // What was heard before does not count this shopper.
      this.queues.delete(this.attempt.sku ?? '');
      if (before !== undefined && news.reason !== 'shopper') this.announce();
    }
    this.changed();
  }

  private takeOrder(news: OrderNews): void {
    this.paid();
    if (news.state === 'declined') this.declined = { triesLeft: news.tries_left };
    else void this.ask();
    this.announce();
    this.changed();
  }

  /** There is news: with a sound, and in the title. */
  announce(): void {
    this.news += 1;
    ring();
  }

  private follow(progress: Progress): void {
    this.pace.hear(progress);
    this.pacePerS = progress.pace_per_s;
    this.stalled = progress.stalled;
    this.servedNow = Math.max(this.servedNow, progress.served);
    for (const item of progress.items) this.queues.set(item.sku, item);
    if (this.sale) {
      const before = this.sale;
      this.sale = following(before, progress);
      this.hold.pause(progress.status === 'paused');
      if (before.status === 'paused' && progress.status === 'active') this.knowsTheEnd = false;
      if (before.status !== progress.status) this.turned();
      if (isOutdated(before, this.sale) && !this.timers.has('outdated'))
        this.later('outdated', Math.random() * SPREAD_MS, () => void this.readSale());
    }
    this.changed();
  }

  /** The sale was paused, or goes on: the time to pay has another end. */
  private turned(): void {
    if (this.has !== 'reservation') return;
    this.later('watch', Math.random() * SPREAD_MS, () => (this.link === 'live' ? this.socket.watch() : void this.ask()));
  }

  private get isWithoutSocket(): boolean {
    return this.lostAt !== undefined && Math.abs(Date.now() - this.lostAt) >= NO_SOCKET_MS;
  }

  private connected(yes: boolean): void {
    // What was missed meanwhile.
    if (yes && this.link !== 'connecting') void this.readSale();
    this.lostAt = yes ? undefined : (this.lostAt ?? Date.now());
    if (yes) this.link = 'live';
    else if (this.link === 'live' || !navigator.onLine) this.link = 'lost';
    this.changed();
  }

  private pollLater(ms: number): void {
    this.later('poll', ms, () => {
      if (this.isWithoutSocket) {
        if (this.link === 'connecting') this.link = 'lost';
        void this.readSale();
        void this.ask();
      }
      this.pollLater(Math.max(POLL_MIN_MS, this.wish?.pollAfterMs ?? NO_SOCKET_MS) * (0.8 + Math.random() * 0.4));
    });
  }

  /** Another tab bought, or started anew: this one shows the same. */
  private otherTab(): void {
    const before = this.wish;
    this.wish = wishes.read(this.event);
    if (this.wish?.key !== before?.key) this.forget();
    if (this.wish?.attemptId) {
      this.socket.watch();
      void this.ask();
    }
    this.changed();
  }

  /** After the device slept, or the back button brought the page from a cache: the truth, and the time. */
  private awake(): void {
    this.news = 0;
    this.socket.ping();
    this.followed.forget();
    void this.readSale();
    void this.ask();
    this.changed();
  }

  private later(name: string, ms: number, act: () => void): void {
    clearTimeout(this.timers.get(name));
    if (this.ended) return;
    const due = (): void => {
      this.timers.delete(name);
      act();
    };
    this.timers.set(name, setTimeout(due, ms));
  }
}

/** The sale, as told by the latest progress. */
function following(sale: Sale, { status, status_reason, items }: Progress): Sale {
  return {
    ...sale,
    status,
    status_reason,
    items: sale.items.map((item) => {
      const told = items.find(({ sku }) => sku === item.sku);
      if (!told) return item;
      const { left, held, sold, standby_len, unit_minor, tier } = told;
      const nothingToHave = left === 0 && (standby_len >= sale.standby_max || (item.sold_out && held === 0));
      return { ...item, left, held, sold, standby_len, tier, sale_minor: unit_minor, sold_out: nothingToHave };
    }),
  };
}

/** Whether something has changed that progress does not tell: the end after a pause, sold out, a restock. */
function isOutdated(before: Sale, after: Sale): boolean {
  const isGone = (item: Item | undefined): boolean => item?.left === 0 && item.held === 0;
  return (
    before.status !== after.status ||
    after.items.some((item, at) => isGone(item) && !isGone(before.items[at])) ||
    after.items.some(({ left, held, sold, allocated }) => left + held + sold > allocated)
  );
}
