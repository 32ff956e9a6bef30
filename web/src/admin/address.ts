/** Where somebody is in the console: behind the # of the page's address, as `orders?state=paid`. It never reaches a server. */
import { useEffect, useState } from 'preact/hooks';

interface Address {
  path: string[];
  query: URLSearchParams;
}

function read(): Address {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  return { path: path.split('/').filter(Boolean), query: new URLSearchParams(query) };
}

/** An address of the console, for a link. What is empty is left out. */
export function addressOf(path: string, query: Record<string, string> = {}): string {
  const said = new URLSearchParams(Object.entries(query).filter(([, value]) => value)).toString();
  return `#/${path}${said && `?${said}`}`;
}

/** The address, and again whenever it is another one: by a link, by `go`, or by the browser's own buttons. */
export function useAddress(): Address {
  const [address, setAddress] = useState(read);
  useEffect(() => {
    const follow = (): void => setAddress(read());
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return address;
}

/**
 * What a list is filtered by, as it stands in the address: a reload, another tab, and whoever is sent the link have the same list.
 * A change is a step that the browser's button goes back by; what is typed letter by letter is one step.
 */
export function useFilters<Name extends string>(names: readonly Name[]) {
  const { path, query } = useAddress();
  const values = Object.fromEntries(names.map((name) => [name, query.get(name) ?? ''])) as Record<Name, string>;
  const set = (changed: Partial<Record<Name, string>>, isTyped = false): void => {
    const address = addressOf(path.join('/'), { ...values, ...changed });
    const goesOn = isTyped && Object.entries(changed).every(([name, value]) => values[name as Name] && value);
    history[goesOn ? 'replaceState' : 'pushState'](null, '', address);
    dispatchEvent(new HashChangeEvent('hashchange'));
  };
  return { values, set, isAny: names.some((name) => values[name]) };
}
