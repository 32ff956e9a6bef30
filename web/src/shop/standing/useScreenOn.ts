import { useEffect, useState } from 'preact/hooks';

/** Keeps the screen on for as long as a view is shown, where the browser lets a page do that. Whether it does. */
export function useScreenOn(): boolean {
  const [isOn, setOn] = useState(false);
  useEffect(() => {
    let held: WakeLockSentinel | undefined;
    let isGone = false;
    const ask = async (): Promise<void> => {
      if (document.visibilityState !== 'visible' || (held && !held.released)) return;
      // Not over plain HTTP, nor with a battery that is low.
      held = await navigator.wakeLock?.request('screen').catch(() => undefined);
      if (isGone) void held?.release();
      else if (held) {
        setOn(true);
        held.addEventListener('release', () => isGone || setOn(false));
      }
    };
    // A page that is not looked at loses it.
    const looked = (): void => void ask();
    document.addEventListener('visibilitychange', looked);
    void ask();
    return () => {
      isGone = true;
      document.removeEventListener('visibilitychange', looked);
      void held?.release();
    };
  }, []);
  return isOn;
}
