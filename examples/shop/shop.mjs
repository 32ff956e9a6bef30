// A shop's own checkout for sales of Flashline: it takes the grant that a shopper brings, shows what is reserved for them,
// and lets them pay. Flashline decides whether the units are theirs; so the shop confirms with it before it charges anybody.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { FLASHLINE, flashline, isOpen } from './calls.mjs';
import { ask, back, page, money, time } from './pages.mjs';

const PORT = Number(process.env.SHOP_PORT ?? 8090);
/** Where shoppers find this shop: grants must be meant for it. */
const ORIGIN = process.env.SHOP_ORIGIN ?? `http://127.0.0.1:${PORT}`;
const BODY_BYTES_MAX = 4_096;
const PURCHASES_MAX = 10_000;
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

/** First the line's word, then the money. A real shop holds the money first; 200 takes it, and all but what is open lets it go. */
async function pay(purchase) {
  const { id, grant, reference } = purchase;
  const { total_minor: paid_minor, currency } = grant.price;
  const said = await flashline(grant.sub, 'confirm', { reference, paid_minor, currency });
  const home = back(FLASHLINE, grant.event);
  if (said.status === 200) {
    charge(purchase);
    return page(200, 'Thank you', [`It is yours. Our reference is ${reference}.`, `Order ${said.body.order_number ?? ''}`], [home]);
  }
  console.error('confirm', grant.sub, said.status, said.body);
  if (isOpen(said)) {
    const text = `We do not know yet whether it is yours. ${charged(purchase)}`;
    return page(503, 'One moment', [text], [ask('pay', id, 'Ask again'), home]);
  }
  if (said.status === 410) return gone(purchase);
  if (said.status === 409) {
    // Its reference is in the answer's detail. A real shop finds it there, and by it whether that one was charged.
    const text = 'It was confirmed before, as another purchase. We look for that one, and charge nothing for this one.';
    return page(409, 'You have been here before', [text, said.body.detail ?? ''], [home]);
  }
  return page(502, 'That did not work', [charged(purchase)], [home]);
}

const gone = (purchase) =>
  page(410, 'Your time was over', [`It is no longer reserved for you. ${charged(purchase)}`], [back(FLASHLINE, purchase.grant.event)]);

/** What is certain of the money. */
const charged = (purchase) => (purchase.charged ? 'You were charged before, and are not again.' : 'You were not charged.');

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
  return status === 410 ? gone(purchase) : cart(purchase);
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
    : page(500, 'That did not work', ['Come again from the page of the sale.'], [back(FLASHLINE)]);

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
