import { useEffect, useState } from 'preact/hooks';
import { words } from '../../i18n/products';

/** A picture beside the name of what it shows; where it cannot be had, that is said. */
export function Thumbnail({ src }: { src: string | null | undefined }) {
  const [isMissing, miss] = useState(false);
  useEffect(() => miss(false), [src]);
  if (!src || isMissing) return <small class="thumbnail">{words.noPicture}</small>;
  return <img class="thumbnail" src={src} alt="" width="88" height="66" loading="lazy" onError={() => miss(true)} />;
}
