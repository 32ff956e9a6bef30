import { useEffect, useState } from 'preact/hooks';
import { ask } from '../session';
import type { Colours } from '../types';
import { isColour } from './draft';

/** Who drags over a palette asks once they rest. */
const AFTER_MS = 150;

/** What follows from a colour, as the server computes it; nothing while there is none, or it is half typed. */
export function useColours(accent: string, dark: string): Colours | undefined {
  const [colours, setColours] = useState<Colours>();
  useEffect(() => {
    if (!isColour(accent) || (dark.trim() && !isColour(dark))) return setColours(undefined);
    const query = new URLSearchParams({ accent: accent.trim(), ...(dark.trim() && { accent_dark: dark.trim() }) });
    let isOld = false;
    const timer = setTimeout(() => {
      ask<Colours>(`/look/colours?${query}`).then(
        (found) => void (isOld || setColours(found)),
        () => undefined, // what cannot be asked now is said when it is saved
      );
    }, AFTER_MS);
    return () => {
      isOld = true;
      clearTimeout(timer);
    };
  }, [accent, dark]);
  return colours;
}
