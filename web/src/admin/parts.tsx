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

export function Trouble({ text }: { text: string }) {
  return text ? (
    <p class="notice bad" role="alert">
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
  children: ComponentChildren;
}

/** A table that scrolls on its own where the screen is narrow. */
export function Table({ label, head, amounts = [], stacks = false, before, children }: TableProps) {
  return (
    <div class={stacks ? 'scroll stacks' : 'scroll'} role="region" aria-label={label} tabIndex={0}>
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

/** The browser's own dialog: it keeps the focus inside, and Escape closes it; once something is typed, it asks first. */
export function Dialog({ title, close, leave = words.neverMind, wide = false, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [isTyped, setTyped] = useState(false);
  const [asks, setAsks] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  const hold = (event: Event): void => {
    // A chooser of files within tells that it was cancelled, too.
    if (event.type === 'cancel' && event.target !== dialog.current) return;
    // What is done is not lost; and the key may be for a list within.
    if (!isTyped || leave !== words.neverMind || event.defaultPrevented) return;
    event.preventDefault();
    setAsks(true);
  };
  return (
    <dialog ref={dialog} class={wide ? 'wide' : undefined} aria-labelledby="dialog-title" onClose={close} onInput={() => setTyped(true)} onKeyDown={(press) => press.key === 'Escape' && hold(press)} onCancel={hold}>
      <h2 id="dialog-title">{title}</h2>
      {children}
      {asks ? (
        <Discard keep={() => setAsks(false)} discard={() => dialog.current?.close()} />
      ) : (
        <button type="button" onClick={() => dialog.current?.close()}>
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
