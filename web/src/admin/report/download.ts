import { words } from '../../i18n/live';
import { token } from '../session';

/** A link cannot carry the token: fetched, then saved. */
export async function download(event: string, kind: 'csv' | 'json'): Promise<void> {
  const path = `/api/v1/admin/events/${event}/report${kind === 'csv' ? '.csv' : ''}`;
  const answer = await fetch(path, { headers: { Authorization: `Bearer ${token()}` } });
  if (!answer.ok) throw new Error(words.failed);
  const url = URL.createObjectURL(await answer.blob());
  const link = Object.assign(document.createElement('a'), { href: url, download: `report.${kind}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
