/** Small pieces that every view uses. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { words } from '../i18n/admin';
import { useHeading } from './hooks';
import type { Status } from './types';

export function Title({ text, children }: { text: string; children?: ComponentChildren }) {
  const heading = useHeading<HTMLHeadingElement>(text);
  return (
    <div class="title">
      <h1 ref={heading} tabIndex={-1}>
        {text}
      </h1>
      {children}
    </div>
  );
}

/** In a dialog that has been scrolled down to its button, it comes into sight. */
export function Trouble({ text }: { text: string }) {
  const notice = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (text && notice.current?.closest('dialog')) notice.current.scrollIntoView({ block: 'center' });
  }, [text]);
  return text ? (
    <p ref={notice} class="notice bad" role="alert">
      {text}
    </p>
  ) : null;
}

export const Badge = ({ status }: { status: Status }) => <span class={`badge ${status}`}>{words.status[status]}</span>;

/** What somebody reads first: names, each with what it is. */
export const TileList = ({ tiles }: { tiles: readonly (readonly [string, string])[] }) => (
  <dl class="tiles">
    {tiles.map(([label, value]) => (
      <div key={label}>
        <dt>{label}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);

interface TableProps {
  label: string;
  head: string[];
  /** Which columns are of amounts: their heads stand above them. */
  amounts?: number[];
  /** Before the first head: what chooses all rows. */
  before?: ComponentChildren;
  /** On a phone each row is a card: its name stays in sight. */
  cards?: boolean;
  children: ComponentChildren;
}

/** A table that scrolls on its own where the screen is narrow. */
export function Table({ label, head, amounts = [], before, cards = false, children }: TableProps) {
  return (
    <div class={cards ? 'scroll cards' : 'scroll'} role="region" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {before && <td class="ticks">{before}</td>}
            {head.map((name, column) => (
              <th scope="col" key={name} class={amounts.includes(column) ? 'amount' : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

interface DialogProps {
  title: string;
  close: () => void;
  /** What the button that closes it says. */
  leave?: string;
  /** It has a table in it. */
  wide?: boolean;
  children: ComponentChildren;
}

/** The browser's own dialog: it keeps the focus inside, and Escape closes it; not what is shown only now, which would be lost. */
export function Dialog({ title, close, leave = words.neverMind, wide = false, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const stay = (event: Event): void => {
    if (dialog.current?.querySelector('.secret')) event.preventDefault();
  };
  useEffect(() => {
    dialog.current?.showModal();
    // Browsers let a second Escape pass `cancel` by, but not a key that was taken; wherever the focus went with what was shown before.
    const type = (event: KeyboardEvent): void => void (event.key === 'Escape' && stay(event));
    document.addEventListener('keydown', type);
    return () => document.removeEventListener('keydown', type);
  }, []);
  return (
    <dialog ref={dialog} class={wide ? 'wide' : undefined} aria-labelledby="dialog-title" onCancel={stay} onClose={close}>
      <h2 id="dialog-title">{title}</h2>
      {children}
      <button class="leave" type="button" onClick={() => dialog.current?.close()}>
        {leave}
      </button>
    </dialog>
  );
}

interface PagesProps<T> {
  rows: T[] | undefined;
  page: number;
  idOf: (row: T) => string;
  before: string;
  go: (before: string) => void;
}

/** Older and newest: lists grow at their head, so pages are told apart by the row they begin after. */
export function Pages<T>({ rows, page, idOf, before, go }: PagesProps<T>) {
  const last = rows?.at(-1);
  return (
    <p class="pages">
      {before && (
        <button type="button" onClick={() => go('')}>
          {words.newest}
        </button>
      )}
      {rows?.length === page && last && (
        <button type="button" onClick={() => go(idOf(last))}>
          {words.older}
        </button>
      )}
    </p>
  );
}
