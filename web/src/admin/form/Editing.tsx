/** Who else has this sale open, and whether somebody saved it meanwhile: told while somebody edits. */
import { useEffect, useState } from 'preact/hooks';
import { words } from '../../i18n/desk';
import { isolate } from '../../i18n/locale';
import { useLoad } from '../hooks';
import { put } from '../session';
import { timeOf } from '../time';
import type { Editing as Told } from '../types';

const text = words.editing;
/** A page that says nothing for 30 seconds does not count any more. */
const SAY_EVERY_MS = 8_000;

export function Editing({ event, version }: { event: string; version: number }) {
  const [page] = useState(() => crypto.randomUUID());
  const path = `/events/${event}/editing`;
  const { value } = useLoad(() => put<Told>(path, { page }), [path, page], SAY_EVERY_MS);
  useEffect(() => {
    const leave = (): void => void put(path, { page, leaves: true }).catch(() => undefined); // or it is forgotten by itself
    addEventListener('pagehide', leave);
    return () => {
      removeEventListener('pagehide', leave);
      leave();
    };
  }, [path, page]);
  if (!value) return null;
  const { others, changed } = value;
  const isNewer = value.version > version && changed;
  if (others.length === 0 && !isNewer) return null;
  return (
    <div class="notice" role="status">
      {others.map(({ name, since }) => (
        <p key={`${name} ${since}`}>{text.since(isolate(name), timeOf(since))}</p>
      ))}
      {isNewer && (
        <p>
          <strong>{text.saved(isolate(changed.by), timeOf(changed.at))}</strong> {text.compared}
        </p>
      )}
    </div>
  );
}
