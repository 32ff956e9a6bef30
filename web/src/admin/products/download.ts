import { words } from '../../i18n/products';

/** Fetched, then saved: so that a refusal is told here. */
export async function download(): Promise<void> {
  const answer = await fetch('/api/v1/admin/products.csv');
  if (!answer.ok) throw new Error(words.exportFailed);
  const url = URL.createObjectURL(await answer.blob());
  const link = Object.assign(document.createElement('a'), { href: url, download: 'products.csv' });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
