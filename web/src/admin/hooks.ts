import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { words } from '../i18n/admin';
import { why } from './why';

/** Loads once, or every so often while somebody looks. */
export function useLoad<T>(load: () => Promise<T>, on: unknown[], everyMs?: number) {
  const [value, setValue] = useState<T>();
  const [problem, setProblem] = useState('');
  const asked = useRef(0);
  const look = useCallback(async () => {
    const turn = ++asked.current;
    // What was asked for before is of no use any more, however late it is answered.
    const isLatest = (): boolean => turn === asked.current;
    try {
      const loaded = await load();
      if (!isLatest()) return;
      setValue(loaded);
      setProblem('');
    } catch (error) {
      if (isLatest()) setProblem(why(error));
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
