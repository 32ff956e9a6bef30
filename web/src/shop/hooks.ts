import { useEffect, useReducer, useRef, useState } from 'preact/hooks';
import { now } from '../shared/clock';
import * as left from './left';
import { customer, email, follow, isAccount, isGuest, isProving, shopper } from './session';
import { Shell } from './shell';

/** The shell of a sale, for as long as its page is open. */
export function useShell(event: string): Shell | undefined {
  const [, again] = useReducer((count: number) => count + 1, 0);
  const [shell, setShell] = useState<Shell>();
  useEffect(() => {
    // Many pieces of news in one turn are one drawing.
    let asked = false;
    const opened = new Shell(event, () => {
      if (asked) return;
      asked = true;
      queueMicrotask(() => {
        asked = false;
        again(0);
      });
    });
    setShell(opened);
    return () => opened.close();
  }, [event]);
  return shell;
}

/**
 * Whose page this is: what they are called, if they are no guest, how often somebody else came in their place, and whether somebody
 * was signed in before, in whatever way that ended.
 */
export function useShopper() {
  const known = useRef(shopper());
  const shown = () => ({ customer: customer(), email: email(), isAccount: isAccount(), isSignedIn: !isGuest() });
  const [whose, setWhose] = useState({ ...shown(), successors: 0, isSignedOut: false });
  useFollowed(follow, () => {
    const isAnother = known.current !== undefined && known.current !== shopper();
    known.current = shopper();
    setWhose(({ successors, isSignedIn, isSignedOut }) => ({
      ...shown(),
      successors: successors + Number(isAnother),
      isSignedOut: isGuest() && (isSignedIn || isSignedOut),
    }));
  });
  return { ...whose, isProving: isProving() };
}

/** Whether a session was left here that the server has not ended yet. */
export function useIsLeft(): boolean {
  const [is, setIs] = useState(left.isAny());
  useFollowed(left.follow, () => setIs(left.isAny()));
  return is;
}

/** Follows something that lives outside the page's drawing, and looks at it at once: it may have changed since the first drawing. */
function useFollowed(follow: (changed: () => void) => () => void, changed: () => void): void {
  useEffect(() => {
    const unfollow = follow(changed);
    changed();
    return unfollow;
  }, []);
}

/** The server's time, every second or so. */
export function useNow(): number {
  const [time, setTime] = useState(now());
  useEffect(() => {
    const timer = setInterval(() => setTime(now()), 500);
    return () => clearInterval(timer);
  }, []);
  return time;
}

/**
 * Moves the focus to the heading of a view that took another's place, so that keyboards and screen readers go on
 * there; but not away from anything outside the shell.
 */
export function useArrival<T extends HTMLElement>(moved: boolean) {
  const heading = useRef<T>(null);
  useEffect(() => {
    const { activeElement } = document;
    if (moved && (activeElement === document.body || activeElement?.closest('.panel'))) heading.current?.focus();
  }, []);
  return heading;
}
