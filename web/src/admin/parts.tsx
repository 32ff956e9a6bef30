/** Small pieces that every view uses. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { words } from '../i18n/admin';
import { words as desk } from '../i18n/desk';
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
  /** On a phone each row is a block of its own: nothing is cut. Its cells then say by `data-label` what they are. */
  stacks?: boolean;
  /** Before the first head: what chooses all rows. */
  before?: ComponentChildren;
  /** On a phone each row is a card: its name stays in sight. */
  cards?: boolean;
  children: ComponentChildren;
}

/** A table that scrolls on its own where the screen is narrow. */
export function Table({ label, head, amounts = [], stacks = false, before, cards = false, children }: TableProps) {
  return (
    <div class={['scroll', stacks && 'stacks', cards && 'cards'].filter(Boolean).join(' ')} role="region" aria-label={label} tabIndex={0}>
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

/** A cell that says by itself of what it is: where a table is too wide for a phone, each row becomes a card. */
export function Cell({ of, amount = true, children }: { of: string | undefined; amount?: boolean; children: ComponentChildren }) {
  return (
    <td class={amount ? 'amount' : undefined} data-of={of}>
      {children}
    </td>
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

/** The browser's own dialog: it keeps the focus inside, and Escape closes it; once something is typed, it asks first. What is shown only now stays. */
export function Dialog({ title, close, leave = words.neverMind, wide = false, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [isTyped, setTyped] = useState(false);
  const [asks, setAsks] = useState(false);
  const hold = (event: Event): void => {
    // A chooser of files within tells that it was cancelled, too.
    if (event.type === 'cancel' && event.target !== dialog.current) return;
    if (dialog.current?.querySelector('.secret')) return event.preventDefault();
    // What is done is not lost; and the key may be for a list within.
    if (!isTyped || leave !== words.neverMind || event.defaultPrevented) return;
    event.preventDefault();
    setAsks(true);
  };
  const held = useRef(hold);
  held.current = hold;
  useEffect(() => {
    dialog.current?.showModal();
    // Browsers let a second Escape pass `cancel` by, but not a key that was taken; wherever the focus went with what was shown before.
    const type = (event: KeyboardEvent): void => void (event.key === 'Escape' && held.current(event));
    document.addEventListener('keydown', type);
    return () => document.removeEventListener('keydown', type);
  }, []);
  return (
    <dialog ref={dialog} class={wide ? 'wide' : undefined} aria-labelledby="dialog-title" onClose={close} onInput={() => setTyped(true)} onCancel={hold}>
      <h2 id="dialog-title">{title}</h2>
      {children}
      {asks ? (
        <Discard keep={() => setAsks(false)} discard={() => dialog.current?.close()} />
      ) : (
        <button class="leave" type="button" onClick={() => dialog.current?.close()}>
          {leave}
        </button>
      )}
    </dialog>
  );
}

/** Asks before what was typed is lost. */
function Discard({ keep, discard }: { keep: () => void; discard: () => void }) {
  const stay = useRef<HTMLButtonElement>(null);
  useEffect(() => stay.current?.focus(), []);
  return (
    <div class="notice bad" role="alert">
      <p>{desk.discard.text}</p>
      <p class="buttons">
        <button ref={stay} type="button" onClick={keep}>
          {desk.discard.keep}
        </button>
        <button class="danger" type="button" onClick={discard}>
          {desk.discard.now}
        </button>
      </p>
    </div>
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
