import { words } from '../i18n/admin';
import { Choice } from './fields';
import { useLoad } from './hooks';
import { ask } from './session';
import type { EventList } from './types';

/** All sales, or one: what a list is narrowed to. */
export function SaleChoice({ label, value, set }: { label: string; value: string; set: (event: string) => void }) {
  const events = useLoad(() => ask<EventList>('/events?limit=200'), []);
  const sales = (events.value?.events ?? []).map(({ id, name }) => [id, name] as const);
  // An older one that somebody's link speaks of.
  const isListed = !value || sales.some(([id]) => id === value);
  return <Choice label={label} value={value} set={set} options={[['', words.all], ...(isListed ? [] : [[value, value] as const]), ...sales]} />;
}
