import { useEffect, useReducer, useRef, useState } from 'preact/hooks';
import { now } from '../shared/clock';
import { customer, follow } from './session';
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

/** What the shop calls its customer, for as long as they are the shopper here. */
export function useCustomer(): string | undefined {
  const [name, setName] = useState(customer);
  useEffect(() => follow(() => setName(customer())), []);
  return name;
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
