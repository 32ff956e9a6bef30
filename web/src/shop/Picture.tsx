import { useState } from 'preact/hooks';

/** A picture that decorates; one that cannot be had leaves no gap. */
export function Picture({ src, lazy }: { src: string | undefined; lazy?: boolean }) {
  const [isMissing, miss] = useState(false);
  if (!src || isMissing) return null;
  return (
    <img
      class="picture"
      src={src}
      alt=""
      width="320"
      height="240"
      loading={lazy ? 'lazy' : 'eager'}
      onError={() => miss(true)}
    />
  );
}
