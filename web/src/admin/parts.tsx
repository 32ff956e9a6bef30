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
  /** Before the first head: what chooses all rows. */
  before?: ComponentChildren;
  children: ComponentChildren;
}

/** A table that scrolls on its own where the screen is narrow. */
export function Table({ label, head, amounts = [], before, children }: TableProps) {
  return (
    <div class="scroll" role="region" aria-label={label} tabIndex={0}>
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

/** The browser's own dialog: it keeps the focus inside, and Escape closes it. */
export function Dialog({ title, close, leave = words.neverMind, wide = false, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class={wide ? 'wide' : undefined} aria-labelledby="dialog-title" onClose={close}>
      <h2 id="dialog-title">{title}</h2>
      {children}
      <button type="button" onClick={() => dialog.current?.close()}>
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
