// The example of a shop's checkout, against every answer that docs/handover.md has for `confirm`: without the system.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

const RUN = fileURLToPath(new URL('../../examples/shop/run', import.meta.url));
let pair, flashline, shop, origin, reservations = 0;
/** What Flashline answers next, and what it was asked. */
let answers = [], asked = [];
const charged = [];

/** A server that answers, at a port of its own. */
async function listen(handle) {
  const server = createServer(handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
const urlOf = (server) => `http://127.0.0.1:${server.address().port}`;

before(async () => {
  pair = await generateKeyPair('ES256');
  const key = { ...(await exportJWK(pair.publicKey)), kid: 'key' };
  flashline = await listen(async (request, response) => {
    response.setHeader('Content-Type', 'application/json');
    if (request.url === '/.well-known/jwks.json') return response.end(JSON.stringify({ keys: [key] }));
    let body = '';
    for await (const part of request) body += part;
    asked.push({ at: Date.now(), what: request.url.split('/').at(-1), body });
    const { status, headers = {}, body: said = {} } = answers.shift();
    return status ? response.writeHead(status, headers).end(JSON.stringify(said)) : request.socket.destroy();
  });
  const free = await listen();
  origin = urlOf(free);
  free.close();
  const env = { ...process.env, FLASHLINE_URL: urlOf(flashline), SHOP_TOKEN: 'a-token', SHOP_PORT: new URL(origin).port };
  shop = spawn(RUN, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const lines = createInterface({ input: shop.stdout });
  await once(lines, 'line');
  lines.on('line', (line) => charged.push(line));
});
after(() => {
  shop?.kill();
  flashline?.close();
});

/** Somebody comes with a grant for a reservation of their own. Gives the purchase. */
async function comes() {
  const price = { currency: 'EUR', total_minor: 2250, lines: [{ units: 1, unit_minor: 2250 }] };
  const grant = new SignJWT({ event: 'lamps', sku: 'lamp', quantity: 1, price, deadline_ms: Date.now() + 60_000 })
    .setProtectedHeader({ alg: 'ES256', typ: 'flashline-grant+jwt', kid: 'key' })
    .setIssuer('flashline').setAudience(origin).setSubject(`reservation-${(reservations += 1)}`).setExpirationTime('1m');
  const cart = await (await fetch(`${origin}/checkout?grant=${await grant.sign(pair.privateKey)}`)).text();
  return /name="purchase" value="([^"]+)"/.exec(cart)[1];
}

async function pays(purchase, ...said) {
  [answers, asked] = [said, []];
  const before = charged.length;
  const answer = await fetch(`${origin}/pay`, { method: 'POST', body: new URLSearchParams({ purchase }) });
  const text = await answer.text();
  assert.equal(answers.length, 0, 'every answer was asked for');
  assert.equal(new Set(asked.map(({ what, body }) => what + body)).size, 1, 'always the same call');
  return { status: answer.status, text, charges: charged.length - before };
}

/** Nobody knows yet. */
const open = (status, headers) => ({ status, headers });
const NO_ANSWER = { status: 0 };

test('200 charges, once', async () => {
  const purchase = await comes();
  const { status, text, charges } = await pays(purchase, { status: 200, body: { order_number: 'FL-1' } });
  assert.deepEqual([status, charges], [200, 1]);
  assert.match(text, /Order FL-1/);
  assert.equal((await pays(purchase, { status: 200 })).charges, 0);
});

test('what says no charges nothing', async () => {
  for (const status of [410, 422, 401, 403, 404]) {
    const { text, charges } = await pays(await comes(), { status });
    assert.equal(charges, 0);
    assert.match(text, /You were not charged/, String(status));
  }
});

test('409 charges nothing, and says that another purchase is looked for', async () => {
  const detail = 'this reservation was confirmed with the reference "SHOP-1"';
  const { status, text, charges } = await pays(await comes(), { status: 409, body: { detail } });
  assert.deepEqual([status, charges], [409, 0]);
  assert.match(text, /confirmed before, as another purchase/);
  assert.match(text, /SHOP-1/);
  assert.doesNotMatch(text, /not charged/, 'that is not known');
});

test('while nobody knows, the same call is made again, after as long as Flashline asks for', async () => {
  for (const unknown of [open(429, { 'Retry-After': '2' }), open(500), open(503, { 'Retry-After': '1' }), NO_ANSWER]) {
    const { status, charges } = await pays(await comes(), unknown, { status: 200 });
    assert.deepEqual([status, charges], [200, 1]);
    const pauseMs = asked[1].at - asked[0].at;
    assert.ok(pauseMs >= 1_000 * Number(unknown.headers?.['Retry-After'] ?? 1) - 50, `${pauseMs} ms`);
  }
});

test('after some tries there is a button to ask again, and the answer is as good then', async () => {
  const purchase = await comes();
  const { status, text, charges } = await pays(purchase, open(503), NO_ANSWER, open(429));
  assert.deepEqual([status, charges], [503, 0]);
  assert.match(text, /We do not know yet/);
  assert.match(text, /<button>Ask again<\/button>/);
  assert.equal((await pays(purchase, { status: 200 })).charges, 1);
});
