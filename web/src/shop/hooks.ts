import { useEffect, useReducer, useRef, useState } from 'preact/hooks';
import { now } from '../shared/clock';
import { Desk } from './desk';

/** The desk of a sale, for as long as its page is open. */
export function useDesk(event: string): Desk | undefined {
  const [, again] = useReducer((count: number) => count + 1, 0);
  const [desk, setDesk] = useState<Desk>();
  useEffect(() => {
    // Many pieces of news in one turn are one drawing.
    let asked = false;
    const opened = new Desk(event, () => {
      if (asked) return;
      asked = true;
      queueMicrotask(() => {
        asked = false;
        again(0);
      });
    });
    setDesk(opened);
    return () => opened.close();
  }, [event]);
  return desk;
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
 * there; but not away from anything outside the desk.
 */
export function useArrival<T extends HTMLElement>(moved: boolean) {
  const heading = useRef<T>(null);
  useEffect(() => {
    const { activeElement } = document;
    if (moved && (activeElement === document.body || activeElement?.closest('.desk'))) heading.current?.focus();
  }, []);
  return heading;
}
