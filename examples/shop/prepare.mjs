// Makes what the shop needs at a running Flashline, with an owner's token: a token of the role shop, a product, and a sale
// that is handed over. Prints the token, and on standard error where the sale is.
import { randomUUID } from 'node:crypto';

const FLASHLINE = process.env.FLASHLINE_URL ?? 'http://127.0.0.1:8080';
const ORIGIN = process.env.SHOP_ORIGIN ?? `http://127.0.0.1:${process.env.SHOP_PORT ?? 8090}`;
const MINUTE_MS = 60_000;

async function make(what, body) {
  const answer = await fetch(`${FLASHLINE}/api/v1/admin/${what}`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${process.env.FLASHLINE_ADMIN_TOKEN}`,
      'Content-Type': 'application/json',
      'Idempotency-Key': randomUUID(),
    },
    body: JSON.stringify(body),
  });
  const made = await answer.json();
  if (!answer.ok) throw new Error(`${what}: ${made.detail}`);
  return made;
}

const in_ = (ms) => new Date(Date.now() + ms).toISOString();
const sku = `lamp-${randomUUID().slice(0, 8)}`;
const { token } = await make('tokens', { name: `example shop ${sku}`, role: 'shop' });
await make('products', {
  sku, name: 'Lamp', description: 'Warm light for long evenings.', image_url: '/images/lamp.svg', list_minor: 4500, currency: 'EUR',
});
const sale = await make('events', {
  name: 'Lamps, paid for at the shop', currency: 'EUR', scheduled: true, opens_at: in_(-1_000), closes_at: in_(60 * MINUTE_MS),
  checkout: 'handed_over', checkout_url: `${ORIGIN}/checkout`, hold_seconds: 120, grace_seconds: 180,
  per_shopper_max: 2, quantity_max: 2, standby_max: 20,
  items: [{ sku, allocation: 10, discount: { flat: { percent_off: 2500 } } }],
});
console.error(`a sale to try it with: ${FLASHLINE}/sales/${sale.id}`);
console.log(token);
