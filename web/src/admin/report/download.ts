import { words } from '../../i18n/live';

/** Fetched, then saved: so that a refusal is told here. */
export async function download(event: string, kind: 'csv' | 'json'): Promise<void> {
  const path = `/api/v1/admin/events/${event}/report${kind === 'csv' ? '.csv' : ''}`;
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(words.failed);
  const url = URL.createObjectURL(await answer.blob());
  const link = Object.assign(document.createElement('a'), { href: url, download: `report.${kind}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
