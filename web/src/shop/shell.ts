/**
 * The shell of one sale, where a shopper is served. It brings what happens (clicks, news of the link, what the courier
 * hears, other tabs, time) before the rules, and does what they say. Views read its state and send it events.
 */
import { now, onJump } from '../shared/clock';
import { ring } from './chime';
import { Courier } from './courier';
import { deliver } from './door';
import { within } from './jitter';
import * as kept from './kept';
import { Link } from './link/link';
import type { Effect, Timer } from './rules/effects';
import type { Happening } from './rules/events';
import type { Span } from './rules/pause';
import { open, reduce } from './rules/reduce';
import type { State } from './rules/state';
import type { Step } from './rules/step';
import { isGuest } from './session';

export class Shell {
  state: State;

  private readonly link: Link;
  private readonly courier: Courier;
  private readonly timers = new Map<Timer, ReturnType<typeof setTimeout>>();
  private readonly leave: (() => void)[];
  private isClosed = false;

  constructor(
    private readonly event: string,
    private readonly changed: () => void,
  ) {
    const opened = open(event, kept.read(event), navigator.onLine ? 'connecting' : 'lost');
    this.state = opened.state;
    this.courier = new Courier((errand) => deliver(event, errand), this.send);
    this.link = new Link(event, () => this.state.wish ?? {}, this.send);
    this.leave = [
      kept.follow(event, () => this.send({ type: 'kept elsewhere', wish: kept.read(event) })),
      ...this.noticeWaking(),
    ];
    this.take(opened);
  }

  close(): void {
    this.isClosed = true;
    this.leave.forEach((act) => act());
    this.link.close();
    this.courier.recall();
    this.timers.forEach(clearTimeout);
  }

  readonly send = (happening: Happening): void => {
    if (!this.isClosed) this.take(reduce(this.state, { ...happening, atMs: now() }));
  };

  /** The state first: what an effect brings about at once finds it. */
  private take({ state, effects }: Step): void {
    this.state = state;
    effects.forEach((effect) => this.act(effect));
    this.changed();
  }

  private act(effect: Effect): void {
    switch (effect.do) {
      case 'keep':
        return kept.write(this.event, effect.wish);
      case 'note purchase':
        return kept.noteBought(this.event);
      case 'read holdings':
        // What a guest has is in one browser, which knows it.
        return isGuest() ? undefined : void this.link.readHoldings();
      case 'read orders':
        return !isGuest() || kept.hasBought(this.event) ? void this.link.readOrders() : undefined;
      case 'send':
        return void this.courier.carry(effect.errand);
      case 'recall':
        return this.courier.recall(effect.key);
      case 'watch':
        return this.link.watch(effect.isKnown);
      case 'ask':
        return void this.link.ask();
      case 'catch up':
        return this.link.catchUp();
      case 'read sale':
        return void this.link.readSale();
      case 'wake':
        return this.link.wake();
      case 'later':
        return this.later(effect.timer, effect.span);
      case 'ring':
        return ring();
    }
  }

  private later(timer: Timer, span: Span): void {
    clearTimeout(this.timers.get(timer));
    this.timers.set(timer, setTimeout(() => this.send({ type: 'due', timer }), within(span)));
  }

  /** The device slept, the page is looked at again, or the back button brought it from a cache. */
  private noticeWaking(): (() => void)[] {
    const awake = (): void => this.send({ type: 'awake' });
    const restored = (shown: PageTransitionEvent): void => (shown.persisted ? awake() : undefined);
    const looked = (): void => (document.visibilityState === 'visible' ? awake() : undefined);
    document.addEventListener('visibilitychange', looked);
    addEventListener('pageshow', restored);
    return [
      onJump(awake),
      () => document.removeEventListener('visibilitychange', looked),
      () => removeEventListener('pageshow', restored),
    ];
  }
}
