import { useEffect, useRef, useState } from 'preact/hooks';

const EVERY_MS = 15_000;

/** A text that changes a few times a second, at a rate at which it can be read aloud without chatter. */
export function useSlowly(text: string): string {
  const [said, setSaid] = useState(text);
  const latest = useRef(text);
  latest.current = text;
  useEffect(() => {
    const timer = setInterval(() => setSaid(latest.current), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return said;
}
