/** The time to pay in. It stands still while the sale is paused. */
import { now } from '../shared/clock';

export class Hold {
  private endsAtMs: number | undefined;
  private stoodStillMs: number | undefined;
  private isPaused = false;

  /** What is left of it, in ms; nothing when nobody knows its end. */
  get leftMs(): number | undefined {
    return this.stoodStillMs ?? (this.endsAtMs === undefined ? undefined : this.endsAtMs - now());
  }

  /** The server told its end; during a pause, the end it has if the pause ends now. */
  told(endsAtMs: number): void {
    this.endsAtMs = endsAtMs;
    this.stoodStillMs = this.isPaused ? endsAtMs - now() : undefined;
  }

  /** A pause has begun or ended. Until the server tells the new end, it is what time has stood still for. */
  pause(yes: boolean): void {
    const { leftMs } = this;
    this.isPaused = yes;
    if (leftMs !== undefined) this.told(now() + leftMs);
  }

  forget(): void {
    this.endsAtMs = undefined;
    this.stoodStillMs = undefined;
  }
}
