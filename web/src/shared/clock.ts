/**
 * The server's time. It runs on the device's clock, which goes on while the device sleeps (the monotonic one may stand
 * still). Each answer that names the server's time bounds what it can be now; what was believed is moved within the
 * bounds, and no further. So the quickest answers decide, and a device whose clock is wrong, or is set while the page
 * is open, is put right by the next answer.
 */
let offsetMs: number | undefined;

/** Between two looks at whether the clock has jumped, and the difference that counts. */
const LOOK_EVERY_MS = 1_000;
const JUMP_MS = 1_500;

/** Now, in Unix ms, as the server sees it. */
export const now = (): number => Date.now() + (offsetMs ?? 0);

/** Called before asking; the result, with the time that the answer names. A cache may have held it for `ageMaxMs`. */
export function asking(): (serverTimeMs: number, ageMaxMs?: number) => void {
  const askedAt = Date.now();
  return (serverTimeMs, ageMaxMs = 0) => {
    const at = Date.now();
    const least = serverTimeMs - at;
    const most = least + Math.max(0, at - askedAt) + ageMaxMs;
    offsetMs = offsetMs === undefined ? (least + most) / 2 : Math.min(most, Math.max(least, offsetMs));
  };
}

/** Calls back when the device slept, or its clock was set: then the server's time must be asked for. */
export function onJump(act: () => void): () => void {
  let [wall, steady] = [Date.now(), performance.now()];
  const timer = setInterval(() => {
    const [wallMs, steadyMs] = [Date.now() - wall, performance.now() - steady];
    [wall, steady] = [wall + wallMs, steady + steadyMs];
    const hasSlept = wallMs > LOOK_EVERY_MS + JUMP_MS;
    // A tab in the background is woken seldom; it asks when it is looked at again.
    if (document.visibilityState === 'visible' && (hasSlept || Math.abs(wallMs - steadyMs) > JUMP_MS)) act();
  }, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}
