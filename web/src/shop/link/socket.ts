/** One socket for the page: opened with it, opened again when it breaks, politely. */
import { asking } from '../../shared/clock';
import type { Said } from '../said';
import { callAsShopper, shopper } from '../session';
import type { SocketTicket } from '../types';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** Progress comes once a second at least. After a silence the other end is asked; after a longer one it is gone. */
const ASK_AFTER_MS = 3_000;
const SILENCE_MAX_MS = 8_000;
const LOOK_EVERY_MS = 1_000;
/** Between two questions for the server's time at most. */
const CLOCK_EVERY_MS = 30_000;

export interface Subscription {
  events: string[];
  attempts: { event_id: string; attempt_id: string }[];
}

export class Socket {
  private socket: WebSocket | undefined;
  private pauseMs = FIRST_PAUSE_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private looks: ReturnType<typeof setInterval> | undefined;
  /** By the device's clock: the monotonic one may stand still while the device sleeps. */
  private heardAt = 0;
  private pingedAt = 0;
  /** Of the earliest question that is not answered. */
  private learn: ReturnType<typeof asking> | undefined;
  private shopper: string | undefined;
  private turn = 0;
  private ended = false;

  constructor(
    private readonly watched: () => Subscription,
    private readonly hear: (said: Said) => void,
    private readonly connected: (yes: boolean) => void,
  ) {
    addEventListener('online', this.hurry);
    addEventListener('offline', this.again);
    document.addEventListener('visibilitychange', this.hurry);
    void this.open();
  }

  /** What is watched has changed. A socket of somebody else hears nothing about it. */
  watch(isKnown = false): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    if (this.shopper !== undefined && this.shopper !== shopper()) this.again();
    // News come unasked; what there is already is told to who asks.
    else if (!isKnown) this.say({ type: 'watch', ...this.watched() });
  }

  /** Asks whether anybody is there, and what time it is. */
  ping(): void {
    this.pingedAt = Date.now();
    this.learn ??= asking();
    if (this.socket?.readyState === WebSocket.OPEN) this.say({ type: 'ping' });
  }

  close(): void {
    this.ended = true;
    removeEventListener('online', this.hurry);
    removeEventListener('offline', this.again);
    document.removeEventListener('visibilitychange', this.hurry);
    this.drop();
  }

  private say(message: object): void {
    this.socket?.send(JSON.stringify(message));
  }

  private async open(): Promise<void> {
    this.turn += 1;
    const { turn } = this;
    try {
      const { token, url } = await callAsShopper<SocketTicket>('/api/v1/socket-tickets', { method: 'POST' });
      if (turn !== this.turn) return;
      const socket = new WebSocket(url);
      this.socket = socket;
      this.heardAt = Date.now();
      this.looks = setInterval(() => this.look(), LOOK_EVERY_MS);
      socket.onopen = () => this.say({ type: 'hello', token, ...this.watched() });
      socket.onmessage = (message) => this.take(JSON.parse(String(message.data)) as Said);
      socket.onclose = this.again;
    } catch {
      if (turn === this.turn) this.again();
    }
  }

  private take(said: Said): void {
    this.heardAt = Date.now();
    if (said.type === 'welcome') {
      this.pauseMs = FIRST_PAUSE_MS;
      this.shopper = said.shopper_id;
      this.connected(true);
      this.ping();
    }
    if (said.type === 'pong') {
      this.learn?.(said.server_time_ms);
      this.learn = undefined;
    }
    if (said.type === 'bye') this.pauseMs = Math.max(said.reconnect_after_ms, 50);
    this.hear(said);
  }

  private look(): void {
    const [silentMs, unaskedMs] = [this.heardAt, this.pingedAt].map((at) => Math.abs(Date.now() - at)) as [number, number];
    if (silentMs > SILENCE_MAX_MS) this.again();
    else if (unaskedMs > (silentMs > ASK_AFTER_MS ? ASK_AFTER_MS : CLOCK_EVERY_MS)) this.ping();
  }

  private drop(): void {
    this.turn += 1;
    this.learn = undefined;
    clearTimeout(this.timer);
    clearInterval(this.looks);
    if (this.socket) {
      this.socket.onclose = null;
      this.socket.onmessage = null;
      this.socket.onopen = null;
      this.socket.close();
      this.socket = undefined;
    }
  }

  private readonly again = (): void => {
    this.drop();
    if (this.ended) return;
    this.connected(false);
    // Jittered: thousands lose a server at the same moment.
    this.timer = setTimeout(() => void this.open(), this.pauseMs * (0.5 + Math.random()));
    this.pauseMs = Math.min(this.pauseMs * 2, LONGEST_PAUSE_MS);
  };

  /** Back on line, or awake again: no need to wait the pause out. */
  private readonly hurry = (): void => {
    if (document.visibilityState === 'hidden') return;
    if (this.socket && Math.abs(Date.now() - this.heardAt) < SILENCE_MAX_MS) return;
    this.drop();
    void this.open();
  };
}
