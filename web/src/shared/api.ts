/** Calls of the JSON API, and the problems (RFC 9457) it answers with. */
import type { Told } from './told';

export class Problem extends Error {
  constructor(
    /** The stable word at the end of the problem's `type`; `offline` when there was no answer at all. */
    readonly kind: string,
    readonly status: number,
    readonly detail: string,
    /** When the server asks to be left alone for a while. */
    readonly retryAfterMs?: number,
    /** What is wrong with which field, where the server tells it field by field. */
    readonly errors: readonly FieldProblem[] = [],
  ) {
    super(detail || kind);
  }

  /** Whatever was thrown, as a problem. */
  static of(error: unknown): Problem {
    return error instanceof Problem ? error : new Problem('internal', 0, String(error));
  }

  /** Whether the same request may succeed later, unchanged. A guess would only be made again. */
  get isPassing(): boolean {
    if (this.kind === 'too_many_guesses') return false;
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

export type FieldProblem = Told<'FieldProblem'>;

export interface Call {
  method?: string;
  token?: string | undefined;
  key?: string;
  ifMatch?: string;
  /** Would rather wait so many seconds for the answer than be told that it will come. */
  waitS?: number;
  body?: unknown;
  /** A file, in place of a body. */
  csv?: Blob;
}

const TIMEOUT_MS = 15_000;

/** @throws {Problem} when the answer is not a success, or there is none. */
export async function call<T>(path: string, options: Call = {}): Promise<T> {
  const answer = await ask(path, options);
  return (answer.status === 204 ? undefined : await bodyOf(answer)) as T;
}

/** What is asked for time and again, and sent only when it has changed. */
export class Followed<T> {
  private tag: string | undefined;

  constructor(private readonly path: string) {}

  /**
   * As it is now; nothing when it is as it was.
   *
   * @throws {Problem} when the answer is not a success, or there is none.
   */
  async read(): Promise<T | undefined> {
    const answer = await ask(this.path, { known: this.tag });
    if (answer.status === 304) return undefined;
    const body = await bodyOf(answer);
    this.tag = answer.headers.get('ETag') ?? undefined;
    return body as T;
  }

  /** The next answer is a whole one, with the server's time. */
  forget(): void {
    this.tag = undefined;
  }
}

async function ask(path: string, { method = 'GET', token, key, ifMatch, waitS, body, csv, known }: Call & { known?: string | undefined }) {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (token) headers['Authorization'] = `Bearer ${token}`;
  if (key) headers['Idempotency-Key'] = key;
  if (ifMatch) headers['If-Match'] = ifMatch;
  if (waitS) headers['Prefer'] = `wait=${waitS}`;
  if (known) headers['If-None-Match'] = known;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (csv) headers['Content-Type'] = 'text/csv';
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      headers,
      body: csv ?? (body === undefined ? null : JSON.stringify(body)),
      signal: AbortSignal.timeout(TIMEOUT_MS),
      // A copy in the browser would name a time that has passed.
      cache: 'no-store',
    });
  } catch (error) {
    throw new Problem('offline', 0, String(error));
  }
  if (answer.ok || answer.status === 304) return answer;
  const said = (await answer.json().catch(() => ({}))) as { type?: string; detail?: string; errors?: FieldProblem[] };
  const retryAfter = Number(answer.headers.get('Retry-After'));
  throw new Problem(
    said.type?.replace('/problems/', '') ?? 'internal',
    answer.status,
    said.detail ?? answer.statusText,
    retryAfter > 0 ? retryAfter * 1000 : undefined,
    said.errors,
  );
}

/** An answer that breaks off was not heard. */
const bodyOf = (answer: Response): Promise<unknown> =>
  answer.json().catch((error: unknown) => {
    throw new Problem('offline', 0, String(error));
  });
