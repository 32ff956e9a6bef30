import { words } from '../../i18n/products';
import { token } from '../session';

/** A link cannot carry the token: fetched, then saved. */
export async function download(): Promise<void> {
  const answer = await fetch('/api/v1/admin/products.csv', { headers: { Authorization: `Bearer ${token()}` } });
  if (!answer.ok) throw new Error(words.exportFailed);
  const url = URL.createObjectURL(await answer.blob());
  const link = Object.assign(document.createElement('a'), { href: url, download: 'products.csv' });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
