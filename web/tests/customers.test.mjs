// A shop's customers come to the page with a token in the address. The tokens are made by a library of others.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { after, afterEach, before, test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { requireChromium, Stand } from './stand.mjs';
import { buy, isAccessible, isApart, noTroubles, pay, standing, until } from './steps.mjs';

const ISSUER = 'https://shop.example';
const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'];

/** The shop: its keys, and a server that tells them. */
class Shop {
  static async open() {
    const shop = new Shop();
    shop.pairs = await Promise.all(ALGORITHMS.map((algorithm) => generateKeyPair(algorithm)));
    const keys = await Promise.all(shop.pairs.map(async ({ publicKey }, at) => ({ ...(await exportJWK(publicKey)), kid: ALGORITHMS[at] })));
    shop.server = createServer((_, answer) => answer.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys })));
    await new Promise((open) => shop.server.listen(0, '127.0.0.1', open));
    shop.url = `http://127.0.0.1:${shop.server.address().port}/jwks.json`;
    return shop;
  }

  token(customer, algorithm = 'ES256', lasts = '2m') {
    const header = { alg: algorithm, kid: algorithm };
    const token = new SignJWT().setProtectedHeader(header).setIssuer(ISSUER).setAudience('flashline').setSubject(customer);
    return token.setIssuedAt().setExpirationTime(lasts).sign(this.pairs[ALGORITHMS.indexOf(algorithm)].privateKey);
  }

  /** The address that the shop's page leads a customer to. */
  link = async (sale, customer, lasts) => `${sale.url}#customer_token=${await this.token(customer, 'ES256', lasts)}`;
}

let shop, stand;
before(async () => {
  requireChromium();
  shop = await Shop.open();
  stand = await Stand.start({
    FLASHLINE_CUSTOMER_ISSUER: ISSUER, FLASHLINE_CUSTOMER_AUDIENCE: 'flashline', FLASHLINE_CUSTOMER_JWKS: shop.url,
  });
});
afterEach(() => stand.everybodyLeaves());
after(async () => {
  await stand?.stop();
  shop?.server.close();
});

const session = (page) => page.evaluate(() => JSON.parse(localStorage.getItem('flashline.session')));
/** Somebody who comes again: the same address with another fragment would load nothing. */
const comes = async (page, link) => {
  await page.goto('about:blank');
  await page.goto(link);
};

test('tokens that a library of others has signed are believed, by each algorithm', async () => {
  const shoppers = new Set();
  for (const algorithm of ALGORITHMS) {
    const body = JSON.stringify({ customer_token: await shop.token('anna', algorithm) });
    const answer = await fetch(`${stand.base}/api/v1/sessions`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
    const said = await answer.json();
    assert.deepEqual([answer.status, said.customer], [201, 'anna'], `${algorithm}: ${JSON.stringify(said)}`);
    shoppers.add(said.shopper_id);
  }
  assert.equal(shoppers.size, 1);
});

test('a customer on two devices sees one place, one limit and one list of orders', async () => {
  const sale = await stand.sale({ per_shopper_max: 1, quantity_max: 1 });
  const [phone, laptop] = [await stand.person({ phone: true }), await stand.person()];
  const asked = [];
  phone.on('request', (request) => asked.push(request.url()));
  await phone.goto(await shop.link(sale, 'kundin-4711'));
  await phone.getByText('Signed in as kundin-4711').waitFor();
  assert.equal(new URL(phone.url()).hash, '', 'the token is out of the address');
  assert.ok(!asked.some((url) => url.includes('customer_token')), 'and no server was told it in one');
  await isAccessible(phone, 'a sale for a customer');
  await laptop.goto(await shop.link(sale, 'kundin-4711'));
  await laptop.getByText('Signed in as kundin-4711').waitFor();
  await buy(phone);
  await standing(phone, 'reserved');
  await standing(laptop, 'reserved');
  // Also on a device that comes later.
  const tablet = await stand.person();
  await tablet.goto(await shop.link(sale, 'kundin-4711'));
  await standing(tablet, 'reserved');
  await pay(tablet);
  for (const page of [phone, laptop, tablet]) await standing(page, 'confirmed');
  await laptop.getByRole('button', { name: 'Buy something else' }).click();
  await laptop.getByText('Your orders in this sale').waitFor();
  await buy(laptop);
  await standing(laptop, 'refused');
  await laptop.getByText('With these you would have more than each shopper may have.').waitFor();
  const { orders } = await stand.admin('GET', `/orders?event=${sale.id}&q=kundin-4711`);
  assert.deepEqual(orders.map(({ customer, quantity }) => [customer, quantity]), [['kundin-4711', 1]]);
  [phone, laptop, tablet].forEach(noTroubles);
});

test('a guest who holds a reservation is asked, and stays who they are until they say otherwise', async () => {
  const sale = await stand.sale();
  const page = await stand.person();
  await page.goto(sale.url);
  await buy(page);
  await standing(page, 'reserved');
  const guest = await session(page);
  await comes(page, await shop.link(sale, 'anna'));
  await page.getByText('You come from the shop as its customer anna.').waitFor();
  await standing(page, 'reserved');
  await isAccessible(page, 'the question');
  await isApart(page, 'Go on as you are', 'Sign in now, without it');
  assert.equal((await session(page)).shopper_id, guest.shopper_id, 'nothing is exchanged without being asked');
  assert.equal(await page.getByText('Signed in as').count(), 0);
  await page.getByRole('button', { name: 'Go on as you are' }).click();
  await page.getByText('You come from the shop').waitFor({ state: 'detached' });
  await pay(page);
  await standing(page, 'confirmed');
  // Now there is nothing to lose: also where the page is open already, and only the address changes.
  await page.goto(await shop.link(sale, 'anna'));
  await page.getByText('Signed in as anna').waitFor();
  await page.getByRole('button', { name: 'Buy', exact: true }).waitFor();
  assert.equal(await page.getByText('You come from the shop').count(), 0);
  noTroubles(page);
});

test('whoever signs in in spite of it leaves the reservation to the session before', async () => {
  const sale = await stand.sale();
  const page = await stand.person();
  await page.goto(sale.url);
  await buy(page);
  await standing(page, 'reserved');
  const second = await page.context().newPage();
  await second.goto(sale.url);
  await standing(second, 'reserved');
  await comes(page, await shop.link(sale, 'ben'));
  await page.getByRole('button', { name: 'Sign in now, without it' }).click();
  await page.getByText('Signed in as ben').waitFor();
  await page.getByRole('button', { name: 'Buy', exact: true }).waitFor();
  await second.getByText('Signed in as ben').waitFor();
  await second.getByRole('button', { name: 'Buy', exact: true }).waitFor();
  await buy(page);
  await standing(page, 'reserved');
  // The other tab is theirs, too, and hears of it.
  await standing(second, 'reserved');
  await page.getByText('8 of 10 left').waitFor();
  // The same customer again, with a reservation: nothing to ask.
  await comes(page, await shop.link(sale, 'ben'));
  await standing(page, 'reserved');
  assert.equal(await page.getByText('You come from the shop').count(), 0);
  noTroubles(page);
});

test('a long name keeps to one line of the header', async () => {
  const sale = await stand.sale();
  const customer = `${'🦊'.repeat(40)}${'w'.repeat(40)}`;
  for (const width of [320, 1280]) {
    const page = await stand.person({ width });
    await page.goto(await shop.link(sale, customer));
    await page.getByTitle(customer).waitFor();
    const { height } = await page.locator('header').boundingBox();
    assert.ok(height < 100, `the header is ${height} px high at ${width}`);
    await isAccessible(page, 'a long name');
  }
});

test('a sign-in that is not valid is said, and takes nothing from anybody', async () => {
  const sale = await stand.sale();
  const page = await stand.person();
  await page.goto(await shop.link(sale, 'anna', '-1m'));
  await page.getByText('You are not signed in').waitFor();
  await isAccessible(page, 'a sign-in that failed');
  assert.equal(await page.getByText('Signed in as').count(), 0);
  await buy(page);
  await standing(page, 'reserved');
  noTroubles(page);
});

test('organisers see whose order it is, and find it by that', async () => {
  const clara = `clara-${randomUUID().slice(0, 8)}`;
  const sale = await stand.sale();
  const page = await stand.person();
  await page.goto(await shop.link(sale, clara));
  await buy(page);
  await pay(page);
  await standing(page, 'confirmed');
  // The line has confirmed it; the order is made once the money is taken.
  await until('it is ordered', async () => (await stand.admin('GET', `/orders?q=${clara}`)).orders.length === 1, 300);
  const desk = await stand.person();
  await desk.goto('/admin');
  await desk.locator('.other-way').click();
  await desk.getByLabel('API token').fill(stand.adminToken);
  await desk.getByRole('button', { name: 'Sign in' }).click();
  await desk.getByRole('navigation').getByRole('link', { name: 'Orders' }).click();
  await desk.getByLabel('Search').fill(clara);
  await desk.waitForFunction((name) => [...document.querySelectorAll('tbody tr')].map((row) => row.textContent.includes(name)).join() === 'true', clara);
  await isAccessible(desk, 'orders of a customer');
  noTroubles(desk);
});
