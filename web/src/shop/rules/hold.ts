/** The time to pay in. It stands still while the sale is paused. */

export interface Hold {
  readonly endsAtMs: number | undefined;
  /** What was left of it when the pause began. */
  readonly stoodStillMs: number | undefined;
  readonly isPaused: boolean;
}

export const NO_HOLD: Hold = { endsAtMs: undefined, stoodStillMs: undefined, isPaused: false };

/** What is left of it; nothing when nobody knows its end. */
export const leftMs = ({ stoodStillMs, endsAtMs }: Hold, nowMs: number): number | undefined =>
  stoodStillMs ?? (endsAtMs === undefined ? undefined : endsAtMs - nowMs);

/** The server told its end; during a pause, the end it has if the pause ends now. */
export const endsAt = ({ isPaused }: Hold, endsAtMs: number, nowMs: number): Hold => ({
  endsAtMs,
  stoodStillMs: isPaused ? endsAtMs - nowMs : undefined,
  isPaused,
});

/** A pause has begun or ended. Until the server tells the new end, it is what time has stood still for. */
export function pause(hold: Hold, isPaused: boolean, nowMs: number): Hold {
  const left = leftMs(hold, nowMs);
  const next = { ...hold, isPaused };
  return left === undefined ? next : endsAt(next, nowMs + left, nowMs);
}
