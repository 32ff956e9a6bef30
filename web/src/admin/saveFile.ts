/** Fetches what the server writes, then saves it as a file: so that a refusal is told here, in these words. */
export async function saveFile(path: string, name: string, failed: string): Promise<void> {
  const answer = await fetch(`/api/v1/admin${path}`);
  if (!answer.ok) throw new Error(failed);
  const url = URL.createObjectURL(await answer.blob());
  Object.assign(document.createElement('a'), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
