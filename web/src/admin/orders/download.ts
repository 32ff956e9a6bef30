import { words } from '../../i18n/orders';
import { token } from '../session';

/** A link cannot carry the token: fetched, then saved. */
export async function download(filter: URLSearchParams): Promise<void> {
  const answer = await fetch(`/api/v1/admin/orders.csv?${filter}`, { headers: { Authorization: `Bearer ${token()}` } });
  if (!answer.ok) throw new Error(words.exportFailed);
  const url = URL.createObjectURL(await answer.blob());
  const link = Object.assign(document.createElement('a'), { href: url, download: 'orders.csv' });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
