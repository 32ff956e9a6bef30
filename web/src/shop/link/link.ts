/**
 * How news of a sale reach the page: pushed over a socket, or asked for where sockets are blocked. Whoever uses it need
 * not know which.
 */
import { learnDigits } from '../../i18n/locale';
import { Followed, Problem } from '../../shared/api';
import { asking } from '../../shared/clock';
import { within } from '../jitter';
import type { Heard } from '../rules/events';
import { pauseAfter } from '../rules/pause';
import { callAsShopper, keepSession } from '../session';
import type { Attempt, Orders, Reservations, Sale } from '../types';
import { Socket } from './socket';
import * as connection from './connection';

/** How often to ask for the sale's own page data while the socket tells the rest. */
const SALE_EVERY = { fromMs: 11_250, toMs: 18_750 };
/** A cache may hold it for so long: good enough for a clock until the socket tells better. */
const SALE_AGE_MAX_MS = 1_000;
/** Without a socket: at least so long between two questions. */
const POLL_MIN_MS = 2_000;

/** The attempt that is watched. */
export interface Watched {
  attemptId?: string;
  /** As the server asks those who poll. */
  pollAfterMs?: number;
}

export class Link {
  private readonly socket: Socket;
  private readonly sale: Followed<Sale>;
  private known = connection.begun(navigator.onLine, Date.now());
  private hasSale = false;
  private saleTimer: ReturnType<typeof setTimeout> | undefined;
  private pollTimer: ReturnType<typeof setTimeout> | undefined;
  private ended = false;

  constructor(
    private readonly event: string,
    private readonly watched: () => Watched,
    private readonly tell: (heard: Heard) => void,
  ) {
    this.sale = new Followed(`/api/v1/sales/${event}`);
    this.socket = new Socket(
      () => {
        const { attemptId } = this.watched();
        return { events: [event], attempts: attemptId ? [{ event_id: event, attempt_id: attemptId }] : [] };
      },
      (said) => {
        if (said.type === 'welcome') this.socket.watch();
        this.tell({ type: 'said', said });
      },
      (isOpen) => this.connected(isOpen),
    );
    this.pollAfter(connection.NO_SOCKET_MS);
  }

  close(): void {
    this.ended = true;
    this.socket.close();
    clearTimeout(this.saleTimer);
    clearTimeout(this.pollTimer);
  }

  /** Another attempt is watched from now on. */
  watch(isKnown = false): void {
    this.socket.watch(isKnown);
  }

  /** Asks for the sale, now and every while. The session is kept meanwhile: whether that worked shows in the next call. */
  async readSale(): Promise<void> {
    this.readAfter(within(SALE_EVERY));
    void keepSession();
    const learn = asking();
    try {
      const sale = await this.sale.read();
      if (sale) {
        learnDigits(sale.currency, sale.currency_digits);
        learn(sale.server_time_ms, SALE_AGE_MAX_MS);
        this.hasSale = true;
      }
      this.tell({ type: 'sale', sale });
      this.turn(connection.answered(this.known, Date.now()));
    } catch (error) {
      const problem = Problem.of(error);
      this.turn(connection.unanswered(this.known));
      this.tell({ type: 'no sale', problem });
      if (!this.hasSale && problem.isPassing) this.readAfter(within(pauseAfter(0)));
    }
  }

  /** Asks what this shopper has ordered. Without an answer nothing is told, which is not untrue. */
  async readOrders(): Promise<void> {
    try {
      const { orders } = await callAsShopper<Orders>('/api/v1/me/orders');
      this.tell({ type: 'orders', orders: orders.filter((order) => order.event_id === this.event) });
    } catch {
      return;
    }
  }

  /** Asks what this shopper has in the sale, maybe since they were at another device. */
  async readHoldings(): Promise<void> {
    try {
      const { reservations } = await callAsShopper<Reservations>('/api/v1/me/reservations');
      this.tell({ type: 'holdings', attempts: reservations.filter((held) => held.event_id === this.event) });
    } catch {
      return;
    }
  }

  /** Asks how the attempt stands. */
  async ask(): Promise<void> {
    const { attemptId } = this.watched();
    if (!attemptId || this.ended) return;
    try {
      const attempt = await callAsShopper<Attempt>(`/api/v1/sales/${this.event}/attempts/${attemptId}`);
      this.tell({ type: 'attempt', attemptId, attempt });
    } catch (error) {
      this.tell({ type: 'no attempt', attemptId, problem: Problem.of(error) });
    }
  }

  /** Hears how the attempt stands, in the way that is quickest. */
  catchUp(): void {
    if (this.known.state === 'live') this.socket.watch();
    else void this.ask();
  }

  /** After sleep: whether anybody is there, all that is known anew, and the time. */
  wake(): void {
    this.socket.ping();
    this.sale.forget();
    void this.readSale();
    void this.ask();
  }

  private connected(isOpen: boolean): void {
    this.known = isOpen ? connection.opened() : connection.broken(this.known, navigator.onLine, Date.now());
    // Also when it was open before: what was told in between was missed.
    this.tell({ type: 'link', link: this.known.state });
  }

  private turn(next: connection.Standing): void {
    if (next.state !== this.known.state) this.tell({ type: 'link', link: next.state });
    this.known = next;
  }

  private readAfter(ms: number): void {
    clearTimeout(this.saleTimer);
    if (!this.ended) this.saleTimer = setTimeout(() => void this.readSale(), ms);
  }

  private pollAfter(ms: number): void {
    this.pollTimer = setTimeout(() => {
      if (connection.mustAsk(this.known, Date.now())) {
        this.turn(connection.looked(this.known, Date.now()));
        void this.readSale();
        void this.ask();
      }
      const pauseMs = Math.max(POLL_MIN_MS, this.watched().pollAfterMs ?? connection.NO_SOCKET_MS);
      this.pollAfter(within({ fromMs: pauseMs * 0.8, toMs: pauseMs * 1.2 }));
    }, ms);
  }
}
