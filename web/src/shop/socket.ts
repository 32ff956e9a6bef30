/** One socket for the page: opened with it, opened again when it breaks, politely. */
import { callAsShopper } from './session';
import { learn } from '../shared/clock';
import type { Said } from './types';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** A socket that said nothing for so long is dead, whatever the browser believes. Progress comes far more often. */
const SILENCE_MAX_MS = 30_000;
const PING_EVERY_MS = 10_000;

export interface Watched {
  events: string[];
  attempts: { event_id: string; attempt_id: string }[];
}

export class Socket {
  private socket: WebSocket | undefined;
  private pauseMs = FIRST_PAUSE_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pings: ReturnType<typeof setInterval> | undefined;
  private heardAt = 0;
  private pingedAt = 0;
  private ended = false;

  constructor(
    private readonly watched: () => Watched,
    private readonly hear: (said: Said) => void,
    private readonly connected: (yes: boolean) => void,
  ) {
    addEventListener('online', this.hurry);
    document.addEventListener('visibilitychange', this.hurry);
    void this.open();
  }

  /** What is watched has changed. */
  watch(): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.say({ type: 'watch', ...this.watched() });
  }

  close(): void {
    this.ended = true;
    removeEventListener('online', this.hurry);
    document.removeEventListener('visibilitychange', this.hurry);
    this.drop();
  }

  private say(message: object): void {
    this.socket?.send(JSON.stringify(message));
  }

  private async open(): Promise<void> {
    try {
      const { token, url } = await callAsShopper<{ token: string; url: string }>('/api/v1/socket-tickets', {
        method: 'POST',
      });
      if (this.ended) return;
      const socket = new WebSocket(url);
      this.socket = socket;
      socket.onopen = () => {
        this.heardAt = performance.now();
        socket.send(JSON.stringify({ type: 'hello', token, ...this.watched() }));
        this.pings = setInterval(() => this.ping(), PING_EVERY_MS);
      };
      socket.onmessage = (message) => this.take(JSON.parse(String(message.data)) as Said);
      socket.onclose = () => this.again();
    } catch {
      this.again();
    }
  }

  private take(said: Said): void {
    this.heardAt = performance.now();
    if (said.type === 'welcome') {
      this.pauseMs = FIRST_PAUSE_MS;
      this.connected(true);
      this.ping();
    }
    if (said.type === 'pong') learn(said.server_time_ms, performance.now() - this.pingedAt);
    if (said.type === 'bye') this.pauseMs = Math.max(said.reconnect_after_ms, 50);
    this.hear(said);
  }

  private ping(): void {
    if (performance.now() - this.heardAt > SILENCE_MAX_MS) return this.again();
    this.pingedAt = performance.now();
    if (this.socket?.readyState === WebSocket.OPEN) this.say({ type: 'ping' });
  }

  private drop(): void {
    clearTimeout(this.timer);
    clearInterval(this.pings);
    if (this.socket) {
      this.socket.onclose = null;
      this.socket.onmessage = null;
      this.socket.close();
      this.socket = undefined;
    }
  }

  private again(): void {
    this.drop();
    if (this.ended) return;
    this.connected(false);
    // Jittered: thousands lose a server at the same moment.
    this.timer = setTimeout(() => void this.open(), this.pauseMs * (0.5 + Math.random()));
    this.pauseMs = Math.min(this.pauseMs * 2, LONGEST_PAUSE_MS);
  }

  /** Back on line, or awake again: no need to wait the pause out. */
  private readonly hurry = (): void => {
    if (document.visibilityState === 'hidden') return;
    const alive = this.socket?.readyState === WebSocket.OPEN && performance.now() - this.heardAt < SILENCE_MAX_MS;
    if (alive || this.socket?.readyState === WebSocket.CONNECTING) return;
    this.drop();
    void this.open();
  };
}

