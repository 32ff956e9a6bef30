/** What was typed into a form and not saved: kept for this tab and who typed it, until it is saved, dropped, or they sign out here. */
import type { Draft, Loaded } from './draft';

const PREFIX = 'flashline.form.';
const OWNER = 'flashline.typed-by';

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

/** Somebody is signed in by this name: what another has typed is dropped. */
export function belongTo(name: string): void {
  try {
    if (sessionStorage.getItem(OWNER) !== name) dropAll();
    sessionStorage.setItem(OWNER, name);
  } catch {
    // Storage is blocked: nothing is kept.
  }
}
