// What the page finds of a draw that was published, without a browser or a server.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { modules } from './modules.mjs';

const EVENT = '01900000-0000-7000-8000-000000000001';
const ENTRY = '00000000-0000-0000-0000-000000000001';
const QUICKNET = '52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971';

let pages, check;
before(async () => {
  pages = await modules();
  ({ check } = await pages.load('/src/shop/draw/check.ts'));
});
after(() => pages?.close());

const bytes = (digits) => Buffer.from(digits.replaceAll('-', ''), 'hex');
const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts.map((part) => Buffer.from(part)))).digest();
const hex = (some) => some.toString('hex');

/** A draw of one entry, by a beacon whose round 7 comes three seconds after the entries; changed as somebody may have forged it. */
function published(beacon = {}, rest = {}) {
  const entry = sha256('flashline/draw/entry', bytes(EVENT), bytes(ENTRY));
  const [root, secret, signature] = [sha256([0], entry), Buffer.alloc(32, 7), Buffer.from('signed')];
  const seed = sha256('flashline/draw/seed', bytes(EVENT), secret, root, [0, 0, 0, 0, 0, 0, 0, 1], sha256(signature));
  const chain = { chain: '00', public_key: '00', genesis_s: 1_000, period_s: 3, named_round: 7, round: 7 };
  const said = { ...chain, signature: hex(signature), randomness: hex(sha256(signature)), ...beacon };
  const draw = { commitment: hex(sha256(secret)), entries: 1, root: hex(root), secret: hex(secret), seed: hex(seed), sealed_at_ms: 1_015_000 };
  return check(EVENT, ENTRY, { ...draw, beacon: said, ...rest }, [hex(entry)]);
}

test('a round that does not follow from when the entries were published is found', async () => {
  assert.deepEqual(await published(), { holds: true, rank: 1, entries: 1, hasBeacon: true });
  assert.equal((await published({ named_round: 5 })).holds, true, 'the entries were too late for the one that was named');
  for (const forged of [{ round: 8 }, { round: 1007 }, { round: 6 }, { named_round: 8 }]) {
    assert.equal((await published(forged)).holds, false, JSON.stringify(forged));
  }
  for (const sealed_at_ms of [1_015_001, 1_018_000, undefined]) {
    assert.equal((await published({}, { sealed_at_ms })).holds, false, `published at ${sealed_at_ms}`);
  }
});

test('a chain that everybody knows is as it is known', async () => {
  assert.equal((await published({ chain: QUICKNET })).holds, false);
});
