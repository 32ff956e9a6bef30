/**
 * What is known about one sale and this shopper's attempt in it, kept true: by the socket, by asking where sockets
 * are blocked, and by what other tabs of the browser did. Views read it and call its methods.
 */
import { learnDigits } from '../i18n/locale';
import { Problem } from '../shared/api';
import { forget, learn } from '../shared/clock';
import { ring } from './chime';
import { ahead, Pace } from './place';
import { callAsShopper } from './session';
import { Socket } from './socket';
import type { Accepted, Attempt, AttemptState, OrderNews, Progress, Said, Sale } from './types';
import * as wishes from './wish';
import type { Wish } from './wish';

/** How often to ask for the sale's own page data while the socket tells the rest. */
const SALE_EVERY_MS = 15_000;
/** Without a socket: at least so long between two questions, and so long before the first. */
const POLL_MIN_MS = 2_000;
const NO_SOCKET_MS = 4_000;
const RETRY_MS = 1_500;
const RETRY_LONGEST_MS = 15_000;
const NEWS: AttemptState[] = ['reserved', 'confirmed', 'standby', 'sold_out', 'refused', 'expired', 'standby_ended'];

export type Link = 'connecting' | 'live' | 'lost' | 'polling';

export class Desk {
  sale: Sale | undefined;
  wish: Wish | undefined;
  attempt: Attempt | undefined;
  stalled = false;
  pacePerS = 0;
  link: Link = 'connecting';
  /** Why the last thing did not work, until it does. */
  problem: Problem | undefined;
  /** A payment was sent, and its end is not known. */
  paying = false;
  declined: { triesLeft?: number | undefined } | undefined;
  /** Whether anything has happened since the page was opened. */
  hasMoved = false;
  /** Counts news of the attempt, so that a page in the background can say so in its title. */
  news = 0;

  private readonly pace = new Pace();
  private readonly socket: Socket;
  private readonly unfollow: () => void;
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly standbyNext = new Map<string, number>();
  private servedNow = 0;
  private lostAt: number | undefined = performance.now();
  private sending = false;
  private ended = false;

  constructor(
    private readonly event: string,
    private readonly changed: () => void,
  ) {
    this.wish = wishes.read(event);
    this.unfollow = wishes.follow(event, () => this.otherTab());
    this.socket = new Socket(
      () => ({ events: [event], attempts: this.watched() }),
      (said) => this.hear(said),
      (yes) => this.connected(yes),
    );
    document.addEventListener('visibilitychange', this.awake);
    addEventListener('pageshow', this.awake);
    void this.readSale();
    this.resume();
    this.pollLater(NO_SOCKET_MS);
  }

  close(): void {
    this.ended = true;
    this.unfollow();
    this.socket.close();
    document.removeEventListener('visibilitychange', this.awake);
    removeEventListener('pageshow', this.awake);
    this.timers.forEach(clearTimeout);
  }

  /** How many are before this shopper, as far as is known. */
  get ahead(): number | undefined {
    return this.wish && ahead(this.wish, this.servedNow);
  }

  get wait(): { fromMs: number; toMs: number } | undefined {
    const before = this.ahead;
    return before === undefined ? undefined : this.pace.wait(before);
  }

  /** The place on standby now: numbers are given in order, and the broadcast tells which is served next. */
  standbyPlace(attempt: Attempt): number | undefined {
    const next = this.standbyNext.get(attempt.sku ?? '');
    if (!attempt.standby) return undefined;
    if (next === undefined) return attempt.standby.place;
    return Math.min(attempt.standby.place, Math.max(1, attempt.standby.number - next + 1));
  }

  /** Takes a place in the line. What is wanted is kept before it is sent. */
  buy(wish: Omit<Wish, 'key'>): void {
    if (this.wish) return;
    this.hasMoved = true;
    this.keep({ ...wish, key: crypto.randomUUID() });
    this.attempt = undefined;
    this.problem = undefined;
    void this.enter();
  }

  /** Forgets what came of it, for a new try. */
  startAnew(): void {
    this.keep(undefined);
    this.attempt = undefined;
    this.problem = undefined;
    this.declined = undefined;
    this.paying = false;
    this.changed();
    void this.readSale();
  }

  pay(card: string): void {
    if (!this.wish || this.paying) return;
    this.keep({ ...this.wish, payment: { key: crypto.randomUUID(), card } });
    this.declined = undefined;
    void this.sendPayment();
  }

  async giveBack(): Promise<void> {
    const id = this.wish?.attemptId;
    if (!id) return;
    await this.tryTo(() => callAsShopper(`/api/v1/sales/${this.event}/reservations/${id}/cancel`, { method: 'POST' }));
    this.later('ask', RETRY_MS, () => void this.ask());
  }

  /** Goes on where this browser left off. */
  private resume(): void {
    if (!this.wish) return;
    if (this.wish.attemptId) void this.ask();
    else void this.enter();
    if (this.wish.payment) void this.sendPayment();
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
      // Refused at the door: nothing was asked for, so nothing is kept.
      this.keep(undefined);
      this.fail(error);
      void this.readSale();
    } finally {
      this.sending = false;
    }
  }

  private async sendPayment(): Promise<void> {
    const { attemptId, payment } = this.wish ?? {};
    if (!attemptId || !payment || this.paying) return;
    this.paying = true;
    this.problem = undefined;
    this.changed();
    try {
      const path = `/api/v1/sales/${this.event}/reservations/${attemptId}/payments`;
      const call = { method: 'POST', key: payment.key, body: { card_token: payment.card } };
      await this.persist(() => callAsShopper(path, call));
      this.later('ask', RETRY_MS, () => void this.ask());
    } catch (error) {
      this.paid();
      this.fail(error);
      void this.ask();
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

  private async tryTo(act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
      this.problem = undefined;
    } catch (error) {
      this.fail(error);
    }
  }

  /** Tries until there is an answer that will not change by trying again. The key makes it the same request. */
  private async persist<T>(act: () => Promise<T>): Promise<T | undefined> {
    for (let pause = RETRY_MS; !this.ended; pause = Math.min(pause * 2, RETRY_LONGEST_MS)) {
      try {
        const answer = await act();
        this.problem = undefined;
        return answer;
      } catch (error) {
        if (!(error instanceof Problem) || !error.isPassing) throw error;
        this.fail(error);
        await new Promise((go) => setTimeout(go, (error.retryAfterMs ?? pause) * (0.5 + Math.random())));
      }
    }
    return undefined;
  }

  private async readSale(): Promise<void> {
    this.later('sale', SALE_EVERY_MS * (0.75 + Math.random() / 2), () => void this.readSale());
    const askedAt = performance.now();
    try {
      const sale = await callAsShopper<Sale>(`/api/v1/sales/${this.event}`);
      learnDigits(sale.currency, sale.currency_digits);
      // A copy from a cache is up to a second old: only good enough until the socket tells better.
      learn(sale.server_time_ms, performance.now() - askedAt + 1_000);
      this.sale = sale;
      this.servedNow = Math.max(this.servedNow, sale.served);
      if (this.problem?.kind === 'not_found' || this.problem?.kind === 'offline') this.problem = undefined;
      this.changed();
    } catch (error) {
      if (!this.sale) this.fail(error);
    }
  }

  /** Asks how the attempt stands. */
  private async ask(): Promise<void> {
    const id = this.wish?.attemptId;
    if (!id || this.ended) return;
    try {
      const attempt = await callAsShopper<Attempt>(`/api/v1/sales/${this.event}/attempts/${id}`);
      this.take(attempt);
      const { payment, order } = attempt;
      if (order) this.paid();
      else if (payment && ['declined', 'failed', 'voided'].includes(payment.state)) {
        this.paid();
        this.declined = { triesLeft: payment.tries_left };
      } else if (payment) this.paying = true;
      else if (this.wish?.payment) void this.sendPayment();
      if (this.paying) this.later('ask', RETRY_MS, () => void this.ask());
      this.changed();
    } catch (error) {
      if (error instanceof Problem && error.status === 404) this.startAnew();
      else this.later('ask', RETRY_MS * 2, () => void this.ask());
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
    this.attempt = { ...this.attempt, ...news };
    if (news.state !== before) {
      this.hasMoved ||= before !== undefined;
      if (news.state === 'confirmed') this.paid();
      if (before !== undefined && NEWS.includes(news.state)) this.announce();
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

  private announce(): void {
    this.news += 1;
    ring();
  }

  private follow(progress: Progress): void {
    this.pace.hear(progress);
    this.pacePerS = progress.pace_per_s;
    this.stalled = progress.stalled;
    for (const { sku, standby_next } of progress.items) this.standbyNext.set(sku, standby_next);
    this.servedNow = Math.max(this.servedNow, progress.served);
    if (this.sale) {
      const turned = this.sale.status !== progress.status;
      const items = this.sale.items.map((item) => ({ ...item, ...progress.items.find(({ sku }) => sku === item.sku) }));
      const { status_reason: _, ...sale } = this.sale;
      this.sale = {
        ...sale,
        items,
        status: progress.status,
        ...(progress.status_reason !== undefined && { status_reason: progress.status_reason }),
      };
      // Everybody hears this at once, and must not ask at once.
      if (turned) this.later('sale', Math.random() * 2_000, () => void this.readSale());
    }
    this.changed();
  }

  private connected(yes: boolean): void {
    this.lostAt = yes ? undefined : (this.lostAt ?? performance.now());
    this.link = yes ? 'live' : this.link === 'connecting' ? 'connecting' : 'lost';
    if (yes) void this.readSale();
    this.changed();
  }

  private pollLater(ms: number): void {
    this.later('poll', ms, () => {
      if (this.lostAt !== undefined && performance.now() - this.lostAt >= NO_SOCKET_MS) {
        if (this.link !== 'polling' && navigator.onLine) this.link = 'polling';
        void this.readSale();
        void this.ask();
        this.changed();
      }
      this.pollLater(Math.max(POLL_MIN_MS, this.wish?.pollAfterMs ?? NO_SOCKET_MS) * (0.8 + Math.random() * 0.4));
    });
  }

  /** Another tab bought, or started anew: this one shows the same. */
  private otherTab(): void {
    const before = this.wish;
    this.wish = wishes.read(this.event);
    if (this.wish?.key !== before?.key) {
      this.attempt = undefined;
      this.declined = undefined;
      this.paying = false;
    }
    if (this.wish?.attemptId) {
      this.socket.watch();
      void this.ask();
    }
    this.changed();
  }

  /** After the phone slept, or the back button brought the page from a cache: the truth. */
  private readonly awake = (): void => {
    if (document.visibilityState === 'hidden') return;
    forget();
    this.news = 0;
    void this.readSale();
    void this.ask();
    this.changed();
  };

  private later(name: string, ms: number, act: () => void): void {
    clearTimeout(this.timers.get(name));
    if (!this.ended) this.timers.set(name, setTimeout(act, ms));
  }
}
