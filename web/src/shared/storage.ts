/** The browser's storage. Where it is blocked or full, this tab's memory: the page works, and forgets with the tab. */

const PROBE = 'flashline.probe';
const memory = new Map<string, string>();
const storage = opened();

function opened(): Storage | undefined {
  try {
    const { localStorage } = window;
    localStorage.setItem(PROBE, '');
    localStorage.removeItem(PROBE);
    return localStorage;
  } catch {
    return undefined;
  }
}

/** Whether what is kept outlives a reload, and is shared with other tabs. */
export const isLasting = (): boolean => storage !== undefined && memory.size === 0;

export const read = (key: string): string | undefined => memory.get(key) ?? storage?.getItem(key) ?? undefined;

/** What is kept under names that begin so. */
export const keysOf = (beginning: string): string[] =>
  [...new Set([...memory.keys(), ...Object.keys(storage ?? {})])].filter((key) => key.startsWith(beginning));

export function write(key: string, text: string | undefined): void {
  memory.delete(key);
  try {
    if (!storage) throw new Error('blocked');
    if (text === undefined) storage.removeItem(key);
    else storage.setItem(key, text);
  } catch {
    if (text !== undefined) memory.set(key, text);
  }
}

/** As an object, if it is one: another version of the page may have written it. */
export function readObject<T extends object>(key: string): Partial<T> | undefined {
  try {
    const found: unknown = JSON.parse(read(key) ?? 'null');
    return typeof found === 'object' && found !== null ? (found as Partial<T>) : undefined;
  } catch {
    return undefined;
  }
}
