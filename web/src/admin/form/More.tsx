import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { words } from '../../i18n/form';

interface Props {
  /** Something in it is not as most leave it, or is refused: then it is seen. */
  isOpen: boolean;
  children: ComponentChildren;
}

/** What most need not look at. It opens by itself, and closes only by hand. */
export function More({ isOpen, children }: Props) {
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    if (isOpen && details.current) details.current.open = true;
  }, [isOpen]);
  return (
    <details ref={details} class="more">
      <summary>{words.more}</summary>
      {children}
    </details>
  );
}
