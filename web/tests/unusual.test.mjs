// Browsers, networks and devices that are not as one hopes.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, test } from 'node:test';
import { requireChromium, Stand } from './stand.mjs';
import { buy, isAccessible, noTroubles, pay, standing } from './steps.mjs';

let stand;
before(async () => {
  requireChromium();
  stand = await Stand.start();
});
afterEach(() => stand.everybodyLeaves());
after(() => stand?.stop());

test('where storage is blocked, the page works within its tab, and says what that means', async () => {
  const sale = await stand.sale();
  const page = await stand.person({ blocked: ['storage'] });
  await page.goto('/');
  await page.getByRole('link', { name: sale.name }).first().waitFor();
  await page.goto(sale.url);
  await page.getByText('This browser does not let the page keep anything.').waitFor();
  assert.equal(await page.evaluate(() => { try { return typeof localStorage; } catch (error) { return error.name; } }), 'SecurityError');
  await isAccessible(page, 'blocked storage');
  await buy(page);
  await standing(page, 'reserved');
  await pay(page);
  await standing(page, 'confirmed');
  noTroubles(page);
  await page.context().close();
});

test('over plain HTTP in a local network, people can buy', async () => {
  const sale = await stand.sale();
  const page = await stand.person({ base: stand.base.replace('127.0.0.1', 'shop.lan') });
  await page.goto(sale.url);
  assert.equal(await page.evaluate(() => isSecureContext), false);
  await buy(page);
  await standing(page, 'reserved');
  await pay(page);
  await standing(page, 'confirmed');
  noTroubles(page);
});

/** Seconds that the page's countdown is off from the truth. */
async function error(page, sale) {
  const [clock, at] = [await page.locator('.tile b').allTextContents(), Date.now()];
  const shown = clock.reduce((total, part) => total * 60 + Number(part), 0);
  return shown - (Date.parse(sale.opens_at) - at) / 1_000;
}

async function isRight(page, sale, what) {
  for (let tries = 0; tries < 10; tries += 1) {
    if (Math.abs(await error(page, sale)) <= 1.6) return;
    await page.waitForTimeout(300);
  }
  assert.fail(`${what}: ${await error(page, sale)} s off`);
}

test('the countdown is right after the device has slept, and after its clock was set', async () => {
  const sale = await stand.sale({ opensInMs: 600_000 });
  for (const blocked of [[], ['socket']]) {
    const page = await stand.person({ blocked });
    await page.addInitScript(() => {
      // What stands still in sleep, and what its owner may set.
      window.clocks = { slept: 0, set: 0 };
      const [steady, wall] = [performance.now.bind(performance), Date.now.bind(Date)];
      performance.now = () => steady() - window.clocks.slept;
      Date.now = () => wall() + window.clocks.set;
    });
    await page.goto(sale.url);
    await page.locator('.tile').first().waitFor();
    await page.waitForTimeout(3_000);
    await isRight(page, sale, 'at first');
    await page.evaluate(() => (window.clocks.slept = 120_000));
    await isRight(page, sale, 'after sleep');
    await page.evaluate(() => (window.clocks.set = 3_600_000));
    await page.waitForTimeout(1_500);
    await isRight(page, sale, 'after the clock was set');
    noTroubles(page);
    await page.context().close();
  }
});

test('a lost connection is said at once, and keeps nothing for who has nothing', async () => {
  const sale = await stand.sale();
  const page = await stand.person();
  await page.goto(sale.url);
  await page.getByText('10 of 10 left').waitFor();
  await page.context().setOffline(true);
  await page.getByText('Connection lost').waitFor({ timeout: 1_500 });
  assert.equal(await page.getByText(/is kept/).count(), 0);
  await buy(page);
  await page.getByText('You have no place yet.').waitFor();
  assert.equal(await page.getByText(/is kept/).count(), 0);
  await isAccessible(page, 'without a connection');
  await page.context().setOffline(false);
  await standing(page, 'reserved');
  await page.getByText('Connection lost').waitFor({ state: 'detached' });
  await page.context().setOffline(true);
  await page.getByText('Connection lost; we are connecting again. Your reservation is kept until its time is up.').waitFor({ timeout: 1_500 });
});

test('a connection that only seems to be there is noticed within ten seconds', async () => {
  const sale = await stand.sale();
  const page = await stand.person();
  let isMute = false;
  await page.context().routeWebSocket(/.*/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((text) => isMute || socket.send(text));
    socket.onMessage((text) => isMute || server.send(text));
  });
  await page.goto(sale.url);
  await page.waitForTimeout(3_000);
  isMute = true;
  await page.context().route('**/api/**', (route) => route.abort());
  await page.getByText('Connection lost').waitFor({ timeout: 10_500 });
});

test('money that came back from a refund is not said to go back, whether the units did or not', async () => {
  const sale = await stand.sale();
  const page = await stand.person();
  let told = {};
  await page.route(/\/attempts\/[^/]+$/, async (route) => {
    const answer = await route.fetch();
    const { order, ...attempt } = await answer.json();
    return route.fulfill({ response: answer, json: { ...attempt, ...told, ...(order && { order: { ...order, refund_failed: true } }) } });
  });
  await page.goto(sale.url);
  await buy(page);
  await pay(page);
  for (const state of ['confirmed', 'cancelled']) {
    if (state === 'cancelled') told = { state, reason: 'refunded' };
    await page.reload();
    await standing(page, state);
    await page.getByRole('heading', { name: 'Your refund did not arrive' }).waitFor();
    await page.getByText('The shop knows, and will be in touch.').waitFor();
    assert.equal(await page.getByText(/Your money goes back|was refunded|Thank you/).count(), 0);
    await isAccessible(page, `money that came back, ${state}`);
  }
  noTroubles(page);
});

test('a payment that could not be made is not called a declined card', async () => {
  const sale = await stand.sale();
  const page = await stand.person({ blocked: ['socket'] });
  let payment;
  await page.route(/\/payments$/, (route) => {
    payment = { payment_id: randomUUID(), attempt_id: randomUUID(), state: 'voided', failure: 'gateway_unreachable', amount_minor: 2250, currency: 'EUR' };
    return route.fulfill({ status: 202, json: payment });
  });
  await page.route(/\/attempts\/[^/]+$/, async (route) => {
    const answer = await route.fetch();
    return route.fulfill({ response: answer, json: { ...(await answer.json()), ...(payment && { payment }) } });
  });
  await page.goto(sale.url);
  await buy(page);
  await standing(page, 'reserved');
  await pay(page);
  await page.getByText('The payment could not be made, and nothing was charged. Try again.').waitFor();
  assert.equal(await page.getByText('The card was declined').count(), 0);
  await isAccessible(page, 'a payment that could not be made');
  assert.ok(await page.getByRole('button', { name: /^Pay/ }).isEnabled());
  noTroubles(page);
});

test('sound that the browser holds back until a click is said to be so', async () => {
  const sale = await stand.sale();
  const page = await stand.person();
  await page.goto(sale.url);
  const later = page.getByText('Your browser allows it after your next click or key.');
  await later.waitFor();
  await buy(page);
  await standing(page, 'reserved');
  await later.waitFor({ state: 'detached' });
  await page.reload();
  await later.waitFor();
  await page.keyboard.press('Tab');
  await later.waitFor({ state: 'detached' });
  noTroubles(page);
});

test('long words, many items and missing pictures leave the button within reach', async () => {
  const long = `${randomUUID().replaceAll('-', '')}${'Donaudampfschifffahrtsgesellschaftskapitaen'.repeat(3)}`;
  const skus = await Promise.all(
    Array.from({ length: 64 }, (_, at) => stand.product({ name: at === 0 ? long : `Lamp ${at}`, image_url: at % 3 === 1 ? '/images/missing.svg' : at % 3 ? undefined : '/images/lamp.svg' })),
  );
  const sale = await stand.sale({ name: long, items: skus.map((sku) => ({ sku, allocation: 5, discount: 'none' })) });
  for (const width of [320, 1440]) {
    const page = await stand.person({ width });
    await page.goto('/');
    await page.getByRole('link', { name: long }).waitFor();
    await isAccessible(page, `the list at ${width} px`);
    await page.goto(sale.url);
    await page.getByRole('heading', { name: 'Lamp 63' }).waitFor();
    await isAccessible(page, `64 items at ${width} px`);
    const entry = page.getByRole('button', { name: 'Buy', exact: true });
    const isWithin = async () => {
      const box = await entry.boundingBox();
      return box && box.y >= 0 && box.y + box.height <= 900 && box.x >= 0 && box.x + box.width <= width;
    };
    assert.ok(await isWithin(), `at the top, ${width} px`);
    await page.mouse.wheel(0, 4_000);
    await page.waitForTimeout(300);
    assert.ok(await isWithin(), `further down, ${width} px`);
    // A picture that is missing takes no place.
    const text = await page.getByRole('heading', { name: 'Lamp 1', exact: true }).boundingBox();
    assert.ok(text.width > 150, `${text.width} px for the text`);
    await buy(page);
    await standing(page, 'reserved');
    noTroubles(page);
    await page.context().close();
  }
});

test('among Arabic, the full stop of an English sentence stays at its end', async () => {
  const sale = await stand.sale({ description: 'Lamps for all.' });
  const page = await stand.person({ locale: 'ar-EG', phone: true });
  await page.goto(sale.url);
  for (const text of ['Lamps for all.', 'Warm light for long evenings.']) {
    const [first, last] = await page.getByText(text).evaluate((element) => {
      const node = document.createTreeWalker(element, NodeFilter.SHOW_TEXT).nextNode();
      return [0, node.length - 1].map((at) => {
        const range = document.createRange();
        range.setStart(node, at);
        range.setEnd(node, at + 1);
        return range.getBoundingClientRect().left;
      });
    });
    assert.ok(last > first, `${text}: the full stop is at ${last}, the beginning at ${first}`);
  }
  await isAccessible(page, 'a sale in Arabic');
});
