/** Calls of the JSON API, and the problems (RFC 9457) it answers with. */

export class Problem extends Error {
  constructor(
    /** The stable word at the end of the problem's `type`; `offline` when there was no answer at all. */
    readonly kind: string,
    readonly status: number,
    readonly detail: string,
    /** When the server asks to be left alone for a while. */
    readonly retryAfterMs?: number,
  ) {
    super(detail || kind);
  }

  /** Whether the same request may succeed later, unchanged. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

export interface Call {
  method?: string;
  token?: string | undefined;
  key?: string;
  ifMatch?: string;
  body?: unknown;
}

const TIMEOUT_MS = 15_000;

/** @throws {Problem} when the answer is not a success, or there is none. */
export async function call<T>(path: string, { method = 'GET', token, key, ifMatch, body }: Call = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (token) headers['Authorization'] = `Bearer ${token}`;
  if (key) headers['Idempotency-Key'] = key;
  if (ifMatch) headers['If-Match'] = ifMatch;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    throw new Problem('offline', 0, String(error));
  }
  if (answer.ok) return (answer.status === 204 ? undefined : await answer.json()) as T;
  const said = (await answer.json().catch(() => ({}))) as { type?: string; detail?: string };
  const retryAfter = Number(answer.headers.get('Retry-After'));
  throw new Problem(
    said.type?.replace('/problems/', '') ?? 'internal',
    answer.status,
    said.detail ?? answer.statusText,
    retryAfter > 0 ? retryAfter * 1000 : undefined,
  );
}
