/** Which page the address asks for: `/`, `/sales/<event>`, `/orders`, `/orders/<order>` or `/sign-in`; another event than a UUID is none. */
import { useEffect, useState } from 'preact/hooks';

const read = (): string | undefined => /^\/sales\/([^/]+)\/?$/.exec(location.pathname)?.[1];
export const isEvent = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

/** The sale whose page this is. */
export const eventHere = (): string | undefined => {
  const event = read();
  return event && isEvent(event) ? event : undefined;
};

/** The order whose page this is; empty, of the list of all. */
export const orderHere = (): string | undefined => /^\/orders(?:\/([^/]*))?$/.exec(location.pathname)?.map((part = '') => part)[1];

/** Whether the address is none of a page. */
export const isNowhere = (): boolean => !['/', '/sign-in'].includes(location.pathname) && read() === undefined && orderHere() === undefined;

export function useEvent(): string | undefined {
  return usePlace(read);
}

/** What is read of the address, whenever it changes. */
export function usePlace<Place>(read: () => Place): Place {
  const [event, setEvent] = useState(read);
  useEffect(() => {
    const follow = (): void => setEvent(read);
    addEventListener('popstate', follow);
    return () => removeEventListener('popstate', follow);
  }, []);
  return event;
}

/** For links: goes there without loading the page anew. */
export function go(click: MouseEvent): void {
  if (click.metaKey || click.ctrlKey || click.shiftKey || click.button !== 0) return;
  click.preventDefault();
  history.pushState(null, '', (click.currentTarget as HTMLAnchorElement).href);
  dispatchEvent(new PopStateEvent('popstate'));
  scrollTo(0, 0);
}
