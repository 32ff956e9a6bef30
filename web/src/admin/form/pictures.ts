/** Which pictures this browser can load, under the same policy as the shoppers' page. */
import { useEffect, useState } from 'preact/hooks';

export type Pictures = ReadonlyMap<string, 'there' | 'missing'>;

/** Somebody may still be typing the address. */
const TYPED_MS = 600;

export function usePictures(addresses: readonly string[]): Pictures {
  const [known, setKnown] = useState<Pictures>(new Map());
  const wanted = [...new Set(addresses)].filter((address) => !known.has(address));
  useEffect(() => {
    let isOver = false;
    const timer = setTimeout(() => {
      for (const address of wanted) {
        const picture = new Image();
        const learn = (is: 'there' | 'missing') => (): void => {
          if (!isOver) setKnown((before) => new Map(before).set(address, is));
        };
        picture.onload = learn('there');
        picture.onerror = learn('missing');
        picture.src = address;
      }
    }, TYPED_MS);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [wanted.join('\n')]);
  return known;
}
