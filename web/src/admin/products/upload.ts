import { words } from '../../i18n/products';
import { Problem } from '../../shared/api';
import type { Uploaded } from '../types';

/** As the server has it. */
export const BYTES_MAX = 8 * 1024 * 1024;
const TIMEOUT_MS = 90_000;

/**
 * Uploads a picture, and gives its address. Says how much of it is on its way, from 0 to 1: `fetch` does not tell.
 *
 * @throws {Problem} when it was not taken.
 */
export function upload(file: Blob, progress: (share: number) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', '/api/v1/admin/pictures');
    request.responseType = 'json';
    request.timeout = TIMEOUT_MS;
    request.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 0);
    request.onload = () => {
      const said = request.response as (Partial<Uploaded> & { type?: string; detail?: string }) | null;
      if (request.status === 201 && said?.url) resolve(said.url);
      else reject(new Problem(said?.type?.replace('/problems/', '') ?? 'internal', request.status, said?.detail ?? words.uploadFailed));
    };
    const away = (): void => reject(new Problem('offline', 0, words.uploadFailed));
    request.onerror = away;
    request.ontimeout = away;
    request.onabort = away;
    request.send(file);
  });
}
