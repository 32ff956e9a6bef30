import { useEffect, useReducer, useRef, useState } from 'preact/hooks';
import { now } from '../shared/clock';
import { customer, follow, shopper } from './session';
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

/** Whose page this is: what the shop calls its customer, and how often somebody else came in their place. */
export function useShopper(): { customer: string | undefined; successors: number } {
  const known = useRef(shopper());
  const [whose, setWhose] = useState({ customer: customer(), successors: 0 });
  useEffect(
    () =>
      follow(() => {
        const isAnother = known.current !== undefined && known.current !== shopper();
        known.current = shopper();
        setWhose(({ successors }) => ({ customer: customer(), successors: successors + Number(isAnother) }));
      }),
    [],
  );
  return whose;
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
