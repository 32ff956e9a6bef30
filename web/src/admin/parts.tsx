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

/** A table that scrolls on its own where the screen is narrow. */
export function Table({ label, head, children }: { label: string; head: string[]; children: ComponentChildren }) {
  return (
    <div class="scroll" role="region" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {head.map((name) => (
              <th scope="col" key={name}>
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
  children: ComponentChildren;
}

/** The browser's own dialog: it keeps the focus inside, and Escape closes it. */
export function Dialog({ title, close, leave = words.neverMind, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby="dialog-title" onClose={close}>
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
