// After the purchase: the page of an order, the list of all, and whose they are. Before it: the card form as fingers use it.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { requireChromium, Stand } from './stand.mjs';
import { buy, isAccessible, noTroubles, pay, standing } from './steps.mjs';

let stand;
before(async () => {
  requireChromium();
  stand = await Stand.start({ FLASHLINE_LIMIT_SHOPPER: 'off', FLASHLINE_LIMIT_ADDRESS: 'off' });
});
afterEach(() => stand.everybodyLeaves());
after(() => stand?.stop());

const details = async (page) => {
  await page.getByLabel('Full name').fill('Ada Warm');
  await page.getByRole('button', { name: 'Continue' }).click();
};

test('an order has a page of its own, with its refunds, and nobody else opens it', async () => {
  const sale = await stand.sale({ buyer_fields: { name: 'required' } });
  const page = await stand.person({ phone: true });
  await page.goto(sale.url);
  await buy(page, { quantity: 2 });
  await details(page);
  await pay(page);
  await standing(page, 'confirmed');
  const number = await page.locator('[data-order]').textContent();
  await page.getByRole('link', { name: 'Receipt and code for collection' }).click();
  await page.getByRole('heading', { level: 1, name: number }).waitFor();
  for (const text of ['2 × Lamp', 'Lamps at half price', '€45.00', 'Ada Warm', 'paid']) await page.getByText(text).first().waitFor();
  await page.getByRole('img', { name: `Code with the order number ${number}` }).waitFor();
  await isAccessible(page, 'a receipt');

  const { orders } = await stand.admin('GET', `/orders?event=${sale.id}`);
  await stand.admin('POST', `/orders/${orders[0].order_id}/refund`, { reason: 'of nobody’s concern', amount_minor: 450 });
  await page.locator('[data-refund=refunded]').or(page.locator('main')).waitFor();
  for (let tries = 0; tries < 50 && !(await page.locator('[data-refund=refunded]').count()); tries += 1) {
    await page.reload();
    await page.locator('[data-order-state]').waitFor();
  }
  await page.getByText('€4.50 went back to you on').waitFor();
  assert.equal(await page.getByText('of nobody’s concern').count(), 0, 'why is the organiser’s own note');
  await isAccessible(page, 'a receipt with a refund');

  await page.getByRole('link', { name: 'My orders' }).first().click();
  await page.getByRole('heading', { level: 1, name: 'My orders' }).waitFor();
  await page.locator('[data-order]').getByText(number).waitFor();
  await page.getByText('€4.50 went back to you.').waitFor();
  await isAccessible(page, 'the list of orders');
  await page.getByRole('link', { name: '2 × Lamp' }).click();
  await page.getByRole('heading', { level: 1, name: number }).waitFor();
  // On paper, without buttons.
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.getByRole('button', { name: 'Print' }).isVisible(), false);
  assert.equal(await page.locator('.qr > svg').isVisible(), true);

  const path = new URL(page.url()).pathname;
  const other = await stand.person();
  await other.goto(path);
  await other.getByRole('heading', { level: 1, name: 'There is no such order of yours' }).waitFor();
  assert.equal(await other.getByText(number).count(), 0);
  await isAccessible(other, 'an order of somebody else');
  [page, other].forEach(noTroubles);
});

test('a card is typed as it is written, and what is wrong is said once it is left', async () => {
  const sale = await stand.sale({ hold_seconds: 600 });
  const page = await stand.person({ phone: true });
  await page.goto(sale.url);
  await buy(page);
  const [number, expiry, code] = ['Card number', 'Expiry (MM/YY)', 'Security code'].map((name) => page.getByLabel(name));
  await number.pressSequentially('4242424242424242');
  assert.equal(await number.inputValue(), '4242 4242 4242 4242');
  // The cursor stays where somebody puts a digit right.
  await number.evaluate((field) => field.setSelectionRange(7, 7));
  await page.keyboard.press('Backspace');
  assert.equal(await number.inputValue(), '4242 4424 2424 242');
  assert.equal(await number.evaluate((field) => field.selectionStart), 6);
  await page.keyboard.press('9');
  assert.equal(await number.inputValue(), '4242 4942 4242 4242');
  await expiry.focus();
  await page.getByText('This is not a card number.').waitFor();
  await number.fill('4242424242424242');
  await page.getByText('This is not a card number.').waitFor({ state: 'detached' });
  // What is no number is not left out in silence.
  await number.fill('4242 abcd 4242 4242');
  await expiry.focus();
  await page.getByText('This is not a card number.').waitFor();
  await expiry.pressSequentially('1/30');
  assert.equal(await expiry.inputValue(), '01/30');
  await expiry.fill('');
  await expiry.pressSequentially('1230');
  assert.equal(await expiry.inputValue(), '12/30');
  await number.fill('378282246310005');
  assert.equal(await number.inputValue(), '3782 822463 10005');
  const hints = await Promise.all([number, expiry, code].map((field) => field.evaluate(({ autocomplete, inputMode }) => [autocomplete, inputMode])));
  assert.deepEqual(hints, [['cc-number', 'numeric'], ['cc-exp', 'numeric'], ['cc-csc', 'numeric']]);
  // However far the form is scrolled, the time that is left is in sight.
  await page.getByRole('button', { name: /^Pay/ }).evaluate((button) => button.scrollIntoView({ block: 'start' }));
  const deadline = await page.locator('.deadline').boundingBox();
  assert.ok(deadline.y >= 0 && deadline.y < 200, JSON.stringify(deadline));
  await code.fill('123');
  await page.getByRole('button', { name: /^Pay/ }).click();
  await standing(page, 'confirmed');
  noTroubles(page);
});

test('every language has its words, and no page is too wide', async () => {
  const sale = await stand.sale();
  for (const [locale, receipt] of [['de-DE', 'Beleg und Code zum Abholen'], ['ar-EG', 'الإيصال ورمز الاستلام'], ['zh-CN', '收据与取货码']]) {
    const page = await stand.person({ locale, width: 320 });
    await page.goto(sale.url);
    await page.locator('.bar button.primary').click();
    await standing(page, 'reserved');
    for (const [name, value] of [['number', '4242424242424242'], ['expiry', '1230'], ['code', '123']]) await page.locator(`[name=${name}]`).fill(value);
    await page.locator('form.fields button.primary').click();
    await standing(page, 'confirmed');
    await page.getByRole('link', { name: receipt }).click();
    await page.locator('.qr svg').first().waitFor();
    await isAccessible(page, `a receipt in ${locale}`);
    await page.locator('a[href="/orders"]').first().click();
    await page.locator('.orders .card').waitFor();
    await isAccessible(page, `the list in ${locale}`);
    noTroubles(page);
  }
});
