/** Checks a draw from what is published of it, as docs/draw.md describes it: nothing that the server concludes is believed. */
import { call } from '../../shared/api';

/** What is published, as hexadecimal digits. */
interface Published {
  commitment: string;
  entries?: number;
  root?: string;
  secret?: string;
  seed?: string;
  /** When the entries were published. */
  sealed_at_ms?: number;
  /** Where one takes part. */
  beacon?: Beacon | null;
}

interface Beacon {
  chain: string;
  public_key: string;
  genesis_s: number;
  period_s: number;
  named_round: number;
  round: number;
  signature?: string;
  randomness?: string;
}

export interface Checked {
  /** Whether commitment, round, root and seed follow from what they are said to follow from. */
  holds: boolean;
  /** From 1; nothing when the entry is not among those that were drawn. */
  rank: number | undefined;
  entries: number;
  /** A beacon took part, whose signature is not checked here. */
  hasBeacon: boolean;
}

/** What drand publishes of its chain quicknet. */
const QUICKNET = '52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971';
const QUICKNETS = `1692803367 3 83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a`;
/** From when the entries are published to the earliest round that counts for them. */
const APART_MS = 3_000;
/** Digests under way at once. */
const AT_ONCE = 1_000;

/** Whether the entries of a sale are published. */
export const isPublished = async (event: string): Promise<boolean> => !!(await call<Published>(`/api/v1/sales/${event}/draw`)).root;

/** Not published yet is nothing. */
export async function checkDraw(event: string, entryId: string, kept: string | undefined): Promise<Checked | undefined> {
  const draw = await call<Published>(`/api/v1/sales/${event}/draw`);
  if (!draw.root || !draw.secret || !draw.seed) return undefined;
  const listed = await fetch(`/api/v1/sales/${event}/draw/entries`);
  if (!listed.ok) return undefined;
  const entries = (await listed.text()).split('\n').filter(Boolean);
  // What is told now is worth less than what was told before the lobby closed.
  return check(event, entryId, { ...draw, commitment: kept ?? draw.commitment }, entries);
}

export async function check(event: string, entryId: string, draw: Published, entries: readonly string[]): Promise<Checked> {
  const { root = '', secret = '', seed = '', beacon } = draw;
  const randomness = bytes(beacon?.randomness ?? '');
  const found = await merkleRoot(entries.map(bytes));
  const count = new Uint8Array(8);
  new DataView(count.buffer).setBigUint64(0, BigInt(entries.length));
  const followed = await sha256(text('flashline/draw/seed'), bytes(event), bytes(secret), found, count, randomness);
  const holds =
    hex(await sha256(bytes(secret))) === draw.commitment &&
    hex(found) === root &&
    hex(followed) === seed &&
    (!beacon || (counts(beacon, draw.sealed_at_ms ?? NaN) && hex(await sha256(bytes(beacon.signature ?? ''))) === beacon.randomness)) &&
    entries.length === draw.entries &&
    entries.every((entry, at) => at === 0 || (entries[at - 1] ?? '') < entry);
  const own = hex(await sha256(text('flashline/draw/entry'), bytes(event), bytes(entryId)));
  return { holds, rank: await rankOf(own, entries, seed), entries: entries.length, hasBeacon: !!beacon };
}

/** Whether a round is the one that was named, or the first that comes late enough after the entries; of a chain as it is known. */
function counts({ chain, public_key, genesis_s, period_s, named_round, round }: Beacon, publishedAtMs: number): boolean {
  const inTime = Math.ceil((publishedAtMs + APART_MS - genesis_s * 1_000) / (period_s * 1_000)) + 1;
  const isKnown = chain !== QUICKNET || `${genesis_s} ${period_s} ${public_key}` === QUICKNETS;
  return isKnown && round === Math.max(named_round, inTime);
}

/** How many come before, and one more. */
async function rankOf(own: string, entries: readonly string[], seed: string): Promise<number | undefined> {
  if (!entries.includes(own)) return undefined;
  const key = await crypto.subtle.importKey('raw', bytes(seed), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const turn = async (entry: string): Promise<string> => hex(new Uint8Array(await crypto.subtle.sign('HMAC', key, bytes(entry))));
  const mine = await turn(own);
  const turns = await each(entries, turn);
  return turns.filter((one) => one < mine).length + 1;
}

/** RFC 6962, section 2.1, from the leaves up: a node without a neighbour moves up as it is. */
async function merkleRoot(leaves: readonly Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  const [LEAF, NODE] = [Uint8Array.of(0), Uint8Array.of(1)];
  let level = await each(leaves, (leaf) => sha256(LEAF, leaf));
  while (level.length > 1) {
    const pairs = level.flatMap((node, at) => (at % 2 === 0 ? [[node, level[at + 1]] as const] : []));
    level = await each(pairs, async ([left, right]) => (right ? sha256(NODE, left, right) : left));
  }
  return level[0] ?? sha256();
}

async function each<T, R>(all: readonly T[], what: (one: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (let at = 0; at < all.length; at += AT_ONCE) {
    done.push(...(await Promise.all(all.slice(at, at + AT_ONCE).map(what))));
  }
  return done;
}

async function sha256(...parts: readonly Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return new Uint8Array(await crypto.subtle.digest('SHA-256', whole));
}

const text = (said: string): Uint8Array => new TextEncoder().encode(said);

/** Of hexadecimal digits, or a UUID. */
const bytes = (digits: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(digits.replaceAll('-', '').match(/../g) ?? [], (pair) => parseInt(pair, 16));

const hex = (all: Uint8Array): string => Array.from(all, (byte) => byte.toString(16).padStart(2, '0')).join('');
