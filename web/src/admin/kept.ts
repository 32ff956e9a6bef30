/** What was typed into a form and not saved: kept for this tab, until it is saved, dropped, or somebody signs out. */
import type { Draft, Loaded } from './draft';

const PREFIX = 'flashline.form.';

export interface Kept {
  draft: Draft;
  loaded?: Loaded;
}

export function read(form: string): Kept | undefined {
  try {
    const text = sessionStorage.getItem(PREFIX + form);
    return text === null ? undefined : (JSON.parse(text) as Kept);
  } catch {
    return undefined; // storage is blocked, or holds what another version wrote
  }
}

/** Whether it is kept: where storage is full or blocked, leaving the form loses it. */
export function keep(form: string, kept: Kept): boolean {
  try {
    sessionStorage.setItem(PREFIX + form, JSON.stringify(kept));
    return true;
  } catch {
    return false;
  }
}

export function drop(form: string): void {
  sessionStorage.removeItem(PREFIX + form);
}

export function dropAll(): void {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
}
