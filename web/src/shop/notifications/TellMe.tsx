import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { words } from '../../i18n/shop';
import { later } from '../later';

interface Props {
  event: string;
  hasLobby: boolean;
  /** Whether the shopper has a place or a reservation here. */
  takesPart: boolean;
}

interface Shown {
  /** What it is called, where it is one of several choices. */
  title?: string;
  /** What there is beside being told. */
  children?: ComponentChildren;
}

const Panel = later<Props>(() => import('./Panel').then(({ Panel }) => Panel));

/** Where being told of a sale is open: who signs in here is somebody else, whose page is shown anew. */
let openIn: string | undefined;

/** Being told of a sale while the page is closed. Its code and its words come when somebody opens it. */
export function TellMe({ title, children, ...props }: Props & Shown) {
  const [isOpen, setOpen] = useState(openIn === props.event);
  const turn = (open: boolean): void => {
    openIn = open ? props.event : undefined;
    setOpen(open);
  };
  return (
    <details class={`tell-me${title ? ' choice' : ''}`} open={isOpen} onToggle={(toggle) => turn(toggle.currentTarget.open)}>
      <summary>{title ?? words.tellMe}</summary>
      {isOpen && (
        <>
          {children}
          <Panel {...props} />
        </>
      )}
    </details>
  );
}
