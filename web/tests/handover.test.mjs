// Sales that are paid for at the shop's own checkout: the example of one, beside the real system.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHmac, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { after, afterEach, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { requireChromium, Stand } from './stand.mjs';
import { buy, formStep, isAccessible, isApart, noTroubles, signIn, standing, until } from './steps.mjs';

const RUN = fileURLToPath(new URL('../../examples/shop/run', import.meta.url));
let stand, shop, origin;
const charged = [];

before(async () => {
  requireChromium();
  stand = await Stand.start();
  const port = await freePort();
  origin = `http://127.0.0.1:${port}`;
  const { token } = await stand.admin('POST', '/tokens', { name: `shop ${randomUUID()}`, role: 'shop' });
  const env = { ...process.env, FLASHLINE_URL: stand.base, SHOP_TOKEN: token, SHOP_PORT: String(port) };
  shop = spawn(RUN, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: shop.stdout });
  await once(lines, 'line');
  lines.on('line', (line) => charged.push(line));
});
afterEach(() => stand.everybodyLeaves());
after(async () => {
  shop?.kill();
  await stand?.stop();
});

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

const handedOver = (rules) => stand.sale({ checkout: 'handed_over', checkout_url: `${origin}/checkout`, ...rules });

async function goesToCheckout(page) {
  await page.getByRole('button', { name: 'Go to the checkout' }).click();
  await page.getByRole('heading', { name: 'Your cart' }).waitFor();
}

const comesBack = (page) => page.getByRole('link', { name: 'Back to the sale' }).click();

test('buy, go to the shop, pay there; back on the page it is confirmed, with the reference of the shop', async () => {
  const sale = await handedOver({});
  const page = await stand.person();
  await page.goto(sale.url);
  await buy(page);
  await standing(page, 'reserved');
  await isAccessible(page, 'the way to the checkout');
  const desktop = page.viewportSize();
  for (const width of [320, 390, 430]) {
    await page.setViewportSize({ ...desktop, width });
    await isApart(page, 'Go to the checkout', 'Give it back');
  }
  await page.setViewportSize(desktop);
  assert.equal(await page.getByLabel('Card number').count(), 0, 'nothing is paid here');
  await goesToCheckout(page);
  // Whoever comes back with the browser's button finds what they left.
  await page.goBack();
  await goesToCheckout(page);
  await page.getByText('To pay: €22.50').waitFor();
  await page.getByRole('button', { name: 'Pay €22.50' }).click();
  await page.getByRole('heading', { name: 'Thank you' }).waitFor();
  await comesBack(page);
  await standing(page, 'confirmed');
  await page.getByText('The shop’s reference: SHOP-').waitFor();
  await isAccessible(page, 'the confirmation');
  const { orders } = await stand.admin('GET', `/orders?event=${sale.id}`);
  assert.deepEqual(orders.map(({ state, total_minor }) => ({ state, total_minor })), [{ state: 'paid', total_minor: 2250 }]);
  assert.deepEqual(charged.filter((line) => line.includes(orders[0].reference)), [`charged 2250 for ${orders[0].reference}`]);
  noTroubles(page);
});

test('the page that stayed open hears of it', async () => {
  const sale = await handedOver({});
  const page = await stand.person();
  await page.goto(sale.url);
  await buy(page);
  await standing(page, 'reserved');
  const elsewhere = await page.context().newPage();
  await elsewhere.goto(sale.url);
  await goesToCheckout(elsewhere);
  await elsewhere.getByRole('button', { name: 'Pay €22.50' }).click();
  await standing(page, 'confirmed');
});

test('whose time runs out in the shop is told so there and here, and is not charged', async () => {
  const sale = await handedOver({ hold_seconds: 5, grace_seconds: 0 });
  const page = await stand.person();
  await page.goto(sale.url);
  await buy(page);
  await goesToCheckout(page);
  await until('it expires', async () => (await stand.admin('GET', `/events/${sale.id}/figures`)).attempts?.expired === 1, 150);
  const before = charged.length;
  await page.getByRole('button', { name: 'Pay €22.50' }).click();
  await page.getByRole('heading', { name: 'Your time was over' }).waitFor();
  assert.equal(charged.length, before);
  await comesBack(page);
  await standing(page, 'expired');
  await page.getByText('The shop did not confirm it in time').waitFor();
  noTroubles(page);
});

test('the shop gives more time, and releases what is not wanted', async () => {
  const sale = await handedOver({ hold_seconds: 5, grace_seconds: 60 });
  const [slow, gone] = [await stand.person(), await stand.person()];
  await slow.goto(sale.url);
  await buy(slow);
  await goesToCheckout(slow);
  await slow.getByRole('button', { name: 'I need another minute' }).click();
  await new Promise((go) => setTimeout(go, 6_000));
  await slow.getByRole('button', { name: 'Pay €22.50' }).click();
  await slow.getByRole('heading', { name: 'Thank you' }).waitFor();

  await gone.goto(sale.url);
  await buy(gone);
  await goesToCheckout(gone);
  await gone.getByRole('button', { name: 'I do not want it' }).click();
  await gone.getByText('Somebody else can have it now.').waitFor();
  await comesBack(gone);
  await standing(gone, 'cancelled');
  await gone.getByText('The shop released it.').waitFor();
  noTroubles(gone);
});

test('the example takes no grant that is forged, over, or for somebody else', async () => {
  const grantOf = async (rules) => {
    const sale = await handedOver(rules);
    const shopper = await stand.shopper();
    const { attempt_id: id } = await shopper.buy(sale);
    const handsOver = () => shopper.call('POST', `/sales/${sale.id}/reservations/${id}/handover`).catch(() => undefined);
    const handed = await until('it is handed over', handsOver, 150);
    return new URL(handed.url).searchParams.get('grant');
  };
  const takes = async (grant) => (await fetch(`${origin}/checkout?grant=${grant}`)).status;
  const good = await grantOf({});
  assert.equal(await takes(good), 200);

  const [header, claims, signature] = good.split('.');
  const read = (part) => JSON.parse(Buffer.from(part, 'base64url').toString());
  const write = (part) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const cheap = write({ ...read(claims), price: { ...read(claims).price, total_minor: 1 } });
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signed = `${header}.${cheap}`;
  const { keys } = await (await fetch(`${stand.base}/.well-known/jwks.json`)).json();
  const weak = `${write({ ...read(header), alg: 'HS256' })}.${cheap}`;
  const forged = {
    'changed': `${header}.${cheap}.${signature}`,
    'signed by somebody else': `${signed}.${sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`,
    'not signed': `${write({ ...read(header), alg: 'none' })}.${cheap}.`,
    'signed with what is public': `${weak}.${createHmac('sha256', JSON.stringify(keys[0])).update(weak).digest('base64url')}`,
    'nothing': '',
  };
  for (const [what, grant] of Object.entries(forged)) assert.equal(await takes(grant), 403, what);

  const elsewhere = await grantOf({ checkout_url: `${origin.replace('127.0.0.1', 'localhost')}/checkout` });
  assert.equal(await takes(elsewhere), 403, 'meant for another origin');
  const over = await grantOf({ hold_seconds: 2, grace_seconds: 0 });
  await new Promise((go) => setTimeout(go, 2_500));
  assert.equal(await takes(over), 403, 'its time is over');
});

test('an organiser hands a sale over, and puts back what the shop gave the money back for', async () => {
  const page = await stand.person();
  await signIn(page, stand);
  const button = (name) => page.getByRole('button', { name, exact: true });
  await button('New sale').click();
  const name = `Lamps ${randomUUID().slice(0, 8)}`;
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Product name').fill('Lamp');
  await page.getByLabel('List price').fill('45.00');
  await page.getByLabel('Allocation').fill('3');
  await formStep(page, 'Rules and payment', { more: true });
  await page.getByLabel('Tries to pay').waitFor();
  await page.getByRole('combobox', { name: /^Checkout/ }).selectOption('At the shop’s own checkout');
  assert.equal(await page.getByLabel('Tries to pay').count(), 0, 'that is the shop’s business');
  await page.getByLabel('Address of the checkout').fill('http://shop.example/checkout');
  await isAccessible(page, 'the form of a sale that is handed over');
  await button('Save as draft').click();
  await page.getByText(/checkout_url: an absolute URL/).waitFor();
  await page.getByLabel('Address of the checkout').fill(`${origin}/checkout`);
  await button('Save as draft').click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
  const made = (await stand.admin('GET', '/events?limit=10')).events.find((event) => event.name === name);
  const { checkout, checkout_url } = await stand.admin('GET', `/events/${made.id}`);
  assert.deepEqual({ checkout, checkout_url }, { checkout: 'handed_over', checkout_url: `${origin}/checkout` });
  // Whoever thinks again takes the address away with it.
  await page.getByRole('link', { name: 'Edit' }).or(button('Edit')).click();
  await formStep(page, 'Rules and payment');
  await page.getByRole('combobox', { name: /^Checkout/ }).selectOption('Reservation, order when paid');
  await button('Save as draft').click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
  assert.equal((await stand.admin('GET', `/events/${made.id}`)).checkout_url, null);

  const sale = await handedOver({});
  const buyer = await stand.person();
  await buyer.goto(sale.url);
  await buy(buyer);
  await goesToCheckout(buyer);
  await buyer.getByRole('button', { name: 'Pay €22.50' }).click();
  await buyer.getByRole('heading', { name: 'Thank you' }).waitFor();
  const [{ reference }] = (await stand.admin('GET', `/orders?event=${sale.id}`)).orders;
  await page.getByRole('navigation').getByRole('link', { name: 'Orders' }).click();
  await page.getByLabel('Search').fill(reference);
  const row = page.getByRole('row', { name: new RegExp(reference) });
  assert.equal(await row.getByRole('button', { name: /^Refund/ }).count(), 0, 'nor is that ours');
  await row.getByRole('button', { name: /^Put the units of/ }).click();
  await page.getByLabel('Reason').fill('the lamp was broken');
  await button('Put the units back').click();
  await row.getByText('units are back in the sale').waitFor();
  await buyer.goto(sale.url);
  await standing(buyer, 'cancelled');
  noTroubles(page);
});
