// Choosing what to buy: at once, by touch and by keyboard, on whatever screen.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, test } from 'node:test';
import { requireChromium, Stand } from './stand.mjs';
import { buy, isAccessible, noTroubles, standing, until } from './steps.mjs';

let stand;
before(async () => {
  requireChromium();
  stand = await Stand.start();
});
afterEach(() => stand.everybodyLeaves());
after(() => stand?.stop());

const PHONE = { width: 390, height: 844 };

async function phone(options) {
  const page = await stand.person({ phone: true, ...options });
  await page.setViewportSize(PHONE);
  return page;
}

/** A sale of several items; of the last one nothing is left, nor is there anything to wait for. */
async function several() {
  const names = ['Lantern', 'Desk lamp', 'Gone lamp'];
  const skus = await Promise.all(names.map((name, at) => stand.product({ name, list_minor: 1000 * (at + 1) })));
  const sale = await stand.sale({
    standby_max: 0, per_shopper_max: 4, quantity_max: 3, items: skus.map((sku, at) => ({ sku, allocation: at === 2 ? 1 : 10, discount: 'none' })),
  });
  const other = await stand.shopper();
  await other.call('POST', `/sales/${sale.id}/attempts`, { sku: skus[2], quantity: 1 });
  return sale;
}

const isInSight = async (page, locator) => {
  const box = await locator.boundingBox();
  return box !== null && box.y >= 0 && box.y + box.height <= page.viewportSize().height;
};

test('on a phone the button that buys is in the first screen, and there is nothing to choose where there is one item', async () => {
  const sale = await stand.sale();
  const page = await phone();
  await page.goto(sale.url);
  const button = page.getByRole('button', { name: 'Buy', exact: true });
  await button.waitFor();
  assert.ok(await isInSight(page, button));
  assert.equal(await page.getByRole('radio').count(), 0);
  await page.locator('.bar').getByText('€22.50').waitFor();
  await page.getByRole('button', { name: 'One more' }).click();
  await page.locator('.bar').getByText('€45.00').waitFor();
  await page.getByText('At most 2 for each shopper').waitFor();
  await page.getByRole('button', { name: 'One more' }).click({ force: true });
  assert.equal(await page.getByLabel('Quantity').inputValue(), '2', 'no more than may be had');
  await button.click();
  await standing(page, 'reserved');
  await page.getByText('Total: €45.00').waitFor();
  noTroubles(page);
});

test('cards are chosen by a tap or with the keys, and what is sold out says so and cannot be', async () => {
  const sale = await several();
  const page = await phone();
  await page.goto(sale.url);
  const radio = (name) => page.getByRole('radio', { name, exact: true });
  await until('what is sold out says so', () => radio('Gone lamp').isDisabled());
  assert.ok(await radio('Lantern').isChecked());
  // Anywhere on the card.
  await page.getByRole('listitem').filter({ hasText: 'Desk lamp' }).getByText('10 of 10 left').click({ force: true });
  assert.ok(await radio('Desk lamp').isChecked());
  await page.locator('.bar').getByText('€20.00').waitFor();
  await page.getByRole('listitem').filter({ hasText: 'Gone lamp' }).getByText('Sold out').waitFor();
  await isAccessible(page, 'several items on a phone');
  await radio('Desk lamp').focus();
  await page.keyboard.press('ArrowUp');
  assert.ok(await radio('Lantern').isChecked());
  await page.keyboard.press('ArrowUp');
  assert.ok(!(await radio('Gone lamp').isChecked()), 'the keys pass it by');
  await radio('Lantern').check();
  await page.getByText('At most 3 at a time, 4 for each shopper').waitFor();
  await buy(page, { quantity: 3 });
  await standing(page, 'reserved');
  await page.locator('[data-state=reserved] .asked').getByText('3 × Lantern').waitFor();
  await page.getByText('Total: €30.00').waitFor();
  noTroubles(page);
});

test('a refusal leaves the choice, the quantity and the codes as they were', async () => {
  const sale = await several();
  const page = await phone();
  await page.route('**/attempts', (route) => route.fulfill({ status: 422, json: { type: '/problems/invalid', detail: 'no' } }), { times: 1 });
  await page.goto(sale.url);
  await page.getByRole('radio', { name: 'Desk lamp' }).check();
  await buy(page, { quantity: 2 });
  const refusal = page.getByRole('alert').filter({ hasText: 'The shop did not accept this.' });
  await refusal.waitFor();
  assert.ok(await isInSight(page, refusal), 'it is said where the button is');
  assert.ok(await page.getByRole('radio', { name: 'Desk lamp' }).isChecked());
  assert.equal(await page.getByLabel('Quantity').inputValue(), '2');
  await isAccessible(page, 'a refusal on a phone');
  await buy(page);
  await standing(page, 'reserved');
  noTroubles(page);
});

test('a coupon is asked about, and an access code that is needed is there from the start', async () => {
  const coupons = [{ code: 'TEN', cut: { percent_off: 1000 } }];
  const [free, closed] = [await stand.sale({ coupons }), await stand.sale({ coupons, access_codes: ['members'] })];
  const page = await phone();
  await page.goto(free.url);
  await page.getByRole('button', { name: 'Have a code?' }).click();
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'coupon');
  await page.keyboard.type('ten');
  await page.getByText('before the coupon').waitFor();
  await page.keyboard.press('Enter');
  await standing(page, 'reserved');
  await page.getByText('Total: €20.25').waitFor();
  await page.goto(closed.url);
  await page.getByLabel('Access code').waitFor();
  await isAccessible(page, 'a sale with an access code');
  await buy(page);
  assert.ok(await page.getByLabel('Access code').evaluate((field) => field === document.activeElement), 'what is missing is shown');
  noTroubles(page);
});

test('the ladder of prices is shown with the step that runs', async () => {
  const tiers = [{ units: 1, cut: { percent_off: 5000 } }, { units: 4, cut: { percent_off: 3000 } }];
  const sale = await stand.sale({ discount: { tiers } });
  const page = await phone();
  await page.goto(sale.url);
  const steps = page.getByRole('list', { name: 'Prices, step by step' }).getByRole('listitem');
  await steps.first().waitFor();
  assert.deepEqual(await steps.allTextContents(), ['First 1: €22.50 · now', 'Next 4: €31.50', 'Then: €45.00']);
  const other = await stand.shopper();
  await other.buy(sale);
  await steps.getByText('€31.50').waitFor();
  await until('the next step runs', async () => (await steps.nth(1).textContent()) === 'Next 4: €31.50 · now');
  noTroubles(page);
});

test('the list is in sections, each sale with what is left and how much cheaper it is', async () => {
  const [today, tomorrow, yesterday] = ['today', 'tomorrow', 'yesterday'].map((day) => `Lamps of ${day} ${randomUUID().slice(0, 8)}`);
  const open = await stand.sale({ name: today });
  const over = await stand.sale({ name: yesterday });
  await stand.sale({ name: tomorrow, opensInMs: 6_000 });
  await stand.admin('POST', `/events/${over.id}/stop`, { reason: 'all lamps flicker' });
  const page = await phone();
  await page.goto('/');
  const of = (section, sale) => page.getByRole('region', { name: section, exact: true }).locator('article', { hasText: sale });
  await of('Soon', tomorrow).waitFor();
  await of('Over', yesterday).waitFor();
  const card = of('Open', today);
  await card.getByText('10 of 10 left').waitFor();
  await card.getByText('-50%').waitFor();
  await isAccessible(page, 'the list in sections');
  const other = await stand.shopper();
  await other.buy(open);
  await card.getByText('9 of 10 left').waitFor();
  // By the page's clock, without a reload.
  await of('Open', tomorrow).waitFor();
  assert.equal(await of('Soon', tomorrow).count(), 0);
  noTroubles(page);
});
