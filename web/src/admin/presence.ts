/**
 * Whether somebody is signed in, as all tabs know it: the session itself is a cookie, which no script can read. Nothing
 * of what is kept here is secret.
 */
const KEY = 'flashline.admin';
const OUT = 'out';

/** For a browser that keeps nothing: then each tab knows for itself. */
let here = false;

export type Told = 'in' | 'out' | 'over';

export function isIn(): boolean {
  try {
    const said = localStorage.getItem(KEY);
    return said !== null && said !== OUT;
  } catch {
    return here;
  }
}

/** Somebody has signed in here: a new value, so that other tabs hear of it also where one was signed in before. */
export function cameIn(): void {
  here = true;
  write(() => localStorage.setItem(KEY, crypto.getRandomValues(new Uint32Array(2)).join('-')));
}

/** Somebody has signed out here. */
export function wentOut(): void {
  here = false;
  write(() => localStorage.setItem(KEY, OUT));
}

/** The server knows the session no longer. */
export function isOver(): void {
  here = false;
  write(() => localStorage.removeItem(KEY));
}

/** What happens in other tabs. */
export function onElsewhere(then: (told: Told) => void): () => void {
  const hear = ({ key, newValue }: StorageEvent): void => {
    if (key === KEY || key === null) then(newValue === null ? 'over' : newValue === OUT ? 'out' : 'in');
  };
  addEventListener('storage', hear);
  return () => removeEventListener('storage', hear);
}

function write(change: () => void): void {
  try {
    change();
  } catch {
    // Storage is blocked: the other tabs learn it from the server.
  }
}
