// A shop's own checkout for sales of Flashline: it takes the grant that a shopper brings, shows what is reserved for them,
// and lets them pay. Flashline decides whether the units are theirs; so the shop confirms with it before it charges anybody.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { ask, back, page, money, time } from './pages.mjs';

const FLASHLINE = process.env.FLASHLINE_URL ?? 'http://127.0.0.1:8080';
const TOKEN = process.env.SHOP_TOKEN;
const PORT = Number(process.env.SHOP_PORT ?? 8090);
/** Where shoppers find this shop: grants must be meant for it. */
const ORIGIN = process.env.SHOP_ORIGIN ?? `http://127.0.0.1:${PORT}`;
const BODY_BYTES_MAX = 4_096;
const PURCHASES_MAX = 10_000;
/** How long Flashline may take for an answer, and how often the same call is made. */
const ANSWERED_WITHIN_MS = 12_000;
const TRIES = 3;
const MORE_TIME_MS = 60_000;

const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', FLASHLINE));
/** What people came to pay for, by a number that only they know. A real shop keeps this in its database. */
const purchases = new Map();

/** What a grant says, if Flashline signed it, for this shop, and its time is not over. Nothing else is believed. */
async function read(grant) {
  const { payload } = await jwtVerify(grant, keys, {
    algorithms: ['ES256'],
    typ: 'flashline-grant+jwt',
    issuer: 'flashline',
    audience: ORIGIN,
    requiredClaims: ['exp', 'sub'],
  });
  return payload;
}

/**
 * Asks Flashline, and again while it has not decided: every call may be made twice.
 *
 * @returns the answer's status and body; status 503 when nobody knows yet.
 */
async function flashline(reservation, verb, body) {
  let said = { status: 503, body: {} };
  for (let tries = 0; tries < TRIES && said.status >= 500; tries += 1) {
    try {
      const answer = await fetch(`${FLASHLINE}/api/v1/shop/reservations/${reservation}/${verb}`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(ANSWERED_WITHIN_MS),
      });
      said = { status: answer.status, body: await answer.json() };
    } catch (error) {
      console.error(`${verb} ${reservation}: ${error.message}`);
    }
  }
  return said;
}

/** Somebody comes with a grant: the same reservation is the same purchase, however often they come. */
async function arrive(url) {
  const grant = await read(url.searchParams.get('grant') ?? '');
  const known = [...purchases.values()].find((purchase) => purchase.grant.sub === grant.sub);
  const purchase = known ?? { id: randomUUID(), reference: `SHOP-${randomUUID().slice(0, 8)}`, charged: false };
  purchase.grant = grant;
  purchase.deadline = new Date(grant.deadline_ms);
  purchases.set(purchase.id, purchase);
  if (purchases.size > PURCHASES_MAX) purchases.delete(purchases.keys().next().value);
  return cart(purchase);
}

function cart({ id, grant, deadline }) {
  const { price, sku, quantity } = grant;
  const lines = price.lines.map(({ units, unit_minor }) => `${units} × ${money(unit_minor, price.currency)}`);
  return page(200, 'Your cart', [
    `${quantity} × ${sku}: ${lines.join(', ')}`,
    `To pay: ${money(price.total_minor, price.currency)}`,
    `Reserved for you until ${time(deadline)}.`,
  ], [
    ask('pay', id, `Pay ${money(price.total_minor, price.currency)}`),
    ask('more-time', id, 'I need another minute'),
    ask('leave', id, 'I do not want it'),
    back(FLASHLINE, grant.event),
  ]);
}

/** First the line's word, then the money. A real shop holds the money first, and lets it go unless the answer is 200. */
async function pay(purchase) {
  const { id, grant, reference } = purchase;
  const { total_minor: paid_minor, currency } = grant.price;
  const said = await flashline(grant.sub, 'confirm', { reference, paid_minor, currency });
  const home = back(FLASHLINE, grant.event);
  if (said.status === 200) {
    charge(purchase);
    return page(200, 'Thank you', [`It is yours. Our reference is ${reference}.`, `Order ${said.body.order_number ?? ''}`], [home]);
  }
  if (said.status === 410) {
    return page(410, 'Your time was over', ['It is no longer reserved for you. You were not charged.'], [home]);
  }
  if (said.status === 503) {
    const text = 'We do not know yet whether it is yours. You were not charged.';
    return page(503, 'One moment', [text], [ask('pay', id, 'Ask again'), home]);
  }
  console.error('confirm', said.status, said.body);
  return page(502, 'That did not work', ['You were not charged.'], [home]);
}

/** Pretends. It is done once, however often the answer comes. */
function charge(purchase) {
  if (purchase.charged) return;
  purchase.charged = true;
  console.log(`charged ${purchase.grant.price.total_minor} for ${purchase.reference}`);
}

/** Flashline says how much there is: as much as the sale's grace, and no more. */
async function moreTime(purchase) {
  const until = new Date(purchase.deadline.getTime() + MORE_TIME_MS).toISOString();
  const { status, body } = await flashline(purchase.grant.sub, 'extend', { until });
  if (status === 200) purchase.deadline = new Date(body.deadline);
  return status === 410 ? pay(purchase) : cart(purchase);
}

async function leave({ grant }) {
  const { status } = await flashline(grant.sub, 'release', {});
  const text = status === 200 ? 'Somebody else can have it now.' : 'It goes back when its time is over, or is yours already.';
  return page(200, 'As you wish', [text], [back(FLASHLINE, grant.event)]);
}

const DEEDS = { '/pay': pay, '/more-time': moreTime, '/leave': leave };

async function answer(request) {
  const url = new URL(request.url, ORIGIN);
  if (request.method === 'GET' && url.pathname === '/checkout') return arrive(url);
  const deed = request.method === 'POST' && DEEDS[url.pathname];
  if (!deed) return page(404, 'There is no such page', [], []);
  let body = '';
  for await (const part of request) if ((body += part).length > BODY_BYTES_MAX) return page(413, 'Too much', [], []);
  const purchase = purchases.get(new URLSearchParams(body).get('purchase'));
  return purchase ? deed(purchase) : page(404, 'We do not know this purchase', ['Come again from the page of the sale.'], []);
}

/** Whatever is wrong with a grant, the shopper gets another where they got this one. */
const refusal = (error) =>
  error.code?.startsWith('ERR_J')
    ? page(403, 'This way in is not valid', ['Its time may be over. Come again from the page of the sale.'], [back(FLASHLINE)])
    : page(500, 'That did not work', ['You were not charged.'], []);

if (!TOKEN) throw new Error('SHOP_TOKEN is missing: an API token of the role shop');
createServer(async (request, response) => {
  const { status, html } = await answer(request).catch((error) => (console.error(error.code ?? error), refusal(error)));
  response.writeHead(status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
  });
  response.end(html);
}).listen(PORT, '127.0.0.1', () => console.log(`the shop is open at ${ORIGIN}`));
