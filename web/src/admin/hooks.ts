import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { words } from '../i18n/admin';
import { why } from './session';

/** Loads once, or every so often while somebody looks. */
export function useLoad<T>(load: () => Promise<T>, on: unknown[], everyMs?: number) {
  const [value, setValue] = useState<T>();
  const [problem, setProblem] = useState('');
  const look = useCallback(async () => {
    try {
      setValue(await load());
      setProblem('');
    } catch (error) {
      setProblem(why(error));
    }
  }, on);
  useEffect(() => {
    let ended = false;
    let timer: ReturnType<typeof setTimeout>;
    const again = async (): Promise<void> => {
      if (document.visibilityState === 'visible') await look();
      if (everyMs !== undefined && !ended) timer = setTimeout(() => void again(), everyMs);
    };
    void again();
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }, [look]);
  return { value, problem, look };
}

/** One action at a time: whether one runs, and why the last did not work. */
export function useAction() {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const act = async (action: () => Promise<unknown>): Promise<boolean> => {
    if (busy) return false;
    setBusy(true);
    setProblem('');
    try {
      await action();
      return true;
    } catch (error) {
      setProblem(why(error));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, act };
}

/** The heading of a view takes the focus when the view comes, and names the page. */
export function useHeading<T extends HTMLElement>(title: string) {
  const heading = useRef<T>(null);
  useEffect(() => {
    document.title = `${title} · ${words.console}`;
    heading.current?.focus();
  }, [title]);
  return heading;
}
