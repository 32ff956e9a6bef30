// The form of a sale: its steps, what it keeps, warns of and shows, and what a copy is.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, test } from 'node:test';
import { requireChromium, Stand } from './stand.mjs';
import { chooseProduct, formStep, isAccessible, noTroubles, signIn } from './steps.mjs';

let stand;
before(async () => {
  requireChromium();
  stand = await Stand.start();
});
afterEach(() => stand.everybodyLeaves());
after(() => stand?.stop());

const button = (page, name) => page.getByRole('button', { name, exact: true });
const heading = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor();
const stepLink = (page, name) => page.getByRole('navigation', { name: 'Steps of the form' }).getByRole('link', { name });
const later = (ms) => new Date(Date.now() + ms).toISOString();

async function newSale(page) {
  await signIn(page, stand);
  await button(page, 'New sale').click();
  await heading(page, 'New sale');
}

test('a beginner needs a name, an item, its price and how many: the rest has defaults', async () => {
  const page = await stand.person();
  await newSale(page);
  const name = `Bowls ${randomUUID().slice(0, 8)}`;
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Product name').fill('Blue bowl');
  await page.getByLabel('List price').fill('22,5');
  await page.getByText('= €22.50').waitFor();
  await page.getByLabel('Allocation').fill('12');
  assert.equal(await page.getByLabel('SKU', { exact: true }).isVisible(), false, 'seldom needed');
  await page.getByRole('link', { name: 'Next: When it starts' }).click();
  await page.getByText(/Europe\/Berlin, UTC\+\d · \d{4}-\d\d-\d\d \d\d:\d\d UTC/).first().waitFor();
  for (const step of ['What is sold', 'When it starts', 'Rules and payment', 'Codes, buyers, limits']) await stepLink(page, `${step}, complete`).waitFor();
  await formStep(page, 'Check and schedule');
  await page.getByText('answered just now').waitFor();
  await page.getByText('Whether it answers is not tried here').waitFor();
  await isAccessible(page, 'the last step of the form');
  await button(page, 'Schedule').click();
  const dialog = page.getByRole('dialog', { name: `Schedule ${name}?` });
  await dialog.getByRole('row', { name: 'Blue bowl 12 €22.50' }).waitFor();
  await dialog.getByText(/Europe\/Berlin, UTC\+\d · \d{4}-\d\d-\d\d \d\d:\d\d UTC/).first().waitFor();
  await dialog.getByText('Sandbox: no money moves').waitFor();
  await isAccessible(page, 'the dialog before a sale is scheduled');
  await button(dialog, 'Cancel').click();
  assert.equal((await stand.admin('GET', '/events?limit=10')).events.some((event) => event.name === name), false, 'nothing was saved');
  await button(page, 'Schedule').click();
  await button(dialog, 'Schedule').click();
  await heading(page, name);
  const { events } = await stand.admin('GET', '/events?limit=10');
  const made = await stand.admin('GET', `/events/${events.find((event) => event.name === name).id}`);
  assert.match(made.items[0].sku, /^blue-bowl-[a-z0-9]{5}$/);
  const { products } = await stand.admin('GET', '/products?limit=200');
  const { list_minor, name: called } = products.find(({ sku }) => sku === made.items[0].sku);
  assert.deepEqual([made.scheduled, list_minor, called, made.items[0].allocation], [true, 2250, 'Blue bowl', 12]);
  noTroubles(page);
});

test('the step is in the address: back, reload and the list of steps have the same one', async () => {
  const page = await stand.person();
  await newSale(page);
  await formStep(page, 'Rules and payment');
  assert.match(page.url(), /#\/new\?step=rules$/);
  assert.equal(await stepLink(page, 'Rules and payment').getAttribute('aria-current'), 'step');
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'H2', 'a screen reader begins at the step');
  await page.reload();
  await page.getByRole('heading', { level: 2, name: 'Rules and payment' }).waitFor();
  await formStep(page, 'When it starts');
  await page.goBack();
  await page.getByRole('heading', { level: 2, name: 'Rules and payment' }).waitFor();
  assert.equal(await page.getByLabel('Opens').isVisible(), false);
  await stepLink(page, 'What is sold, something is missing').waitFor();
  noTroubles(page);
});

test('saved from any step, what is missing or refused is led to, also where it is folded away', async () => {
  const sku = await stand.product();
  const page = await stand.person();
  await newSale(page);
  await formStep(page, 'Rules and payment');
  await button(page, 'Save as draft').click();
  await page.getByRole('heading', { level: 2, name: 'What is sold' }).waitFor();
  assert.ok(await page.getByLabel('Name', { exact: true }).evaluate((input) => input === document.activeElement));
  await stepLink(page, 'What is sold, has an error').waitFor();
  await page.getByLabel('Name', { exact: true }).fill('Lamps for all');
  await chooseProduct(page, sku);
  await page.getByLabel('Allocation').fill('3');
  await formStep(page, 'Rules and payment', { more: true });
  await page.getByLabel('Grace for payments').fill('999999');
  await page.locator('[data-step=rules] details').evaluate((details) => void (details.open = false));
  await formStep(page, 'What is sold');
  await button(page, 'Save as draft').click();
  const grace = page.getByLabel('Grace for payments');
  await page.getByRole('heading', { level: 2, name: 'Rules and payment' }).waitFor();
  await page.waitForFunction(() => document.activeElement?.getAttribute('aria-invalid') === 'true');
  assert.ok(await grace.evaluate((input) => input === document.activeElement));
  await stepLink(page, 'Rules and payment, has an error').waitFor();
  await isAccessible(page, 'a step with an error');
  await grace.fill('60');
  await button(page, 'Save as draft').click();
  await heading(page, 'Lamps for all');
  noTroubles(page);
});

test('what may not be meant is said and hinders nothing; the preview shows what shoppers will see', async () => {
  const page = await stand.person({ width: 1440 });
  await newSale(page);
  const preview = page.getByRole('complementary', { name: 'As a shopper sees it' });
  await page.getByLabel('Name', { exact: true }).fill('Lamps, nearly for free');
  await page.getByLabel('Description').fill('While they last.');
  const sku = await stand.product({ name: 'Desk lamp' });
  await page.reload();
  await chooseProduct(page, sku);
  await page.getByLabel('Allocation').fill('5');
  await page.getByLabel('Discount').selectOption('Tiers by units sold');
  await page.getByLabel('Units', { exact: true }).fill('2');
  await page.getByLabel('Percent', { exact: true }).fill('95');
  for (const text of ['Lamps, nearly for free', 'While they last.', 'Desk lamp', '€2.25', '€45.00', '5 of 5 left', 'First 2', 'At most 2 for each shopper']) {
    await preview.getByText(text).first().waitFor();
  }
  await preview.locator('img').waitFor();
  await page.getByText('Item 1: More than 90% off the list price.').first().waitFor();
  await formStep(page, 'Rules and payment');
  await page.getByLabel('Time to pay, in seconds').fill('30');
  await page.locator('[data-step=rules]').getByText('Less than 60 seconds to pay.').waitFor();
  await formStep(page, 'Check and schedule');
  const worth = page.getByRole('region', { name: 'Worth a look' });
  assert.equal(await worth.getByRole('listitem').count(), 2);
  await isAccessible(page, 'warnings before scheduling');
  await button(page, 'Schedule').click();
  await button(page.getByRole('dialog'), 'Schedule').click();
  await heading(page, 'Lamps, nearly for free');
  noTroubles(page);
});

test('a currency is typed letter by letter, and values that contradict each other are said before saving', async () => {
  const elsewhere = `Tea ${randomUUID().slice(0, 8)}`;
  await stand.admin('POST', '/products', { sku: `tea-${randomUUID().slice(0, 8)}`, name: elsewhere, list_minor: 900, currency: 'JPY' });
  const page = await stand.person();
  await newSale(page);
  await page.getByLabel('List price').fill('22');
  const currency = page.getByLabel('Currency', { exact: true });
  await currency.press('Control+a');
  await currency.pressSequentially('us');
  await page.getByText('The currency is a code of ISO 4217, like EUR.').waitFor();
  await stepLink(page, 'What is sold, has an error').waitFor();
  await currency.pressSequentially('d');
  await page.getByText('= $22.00').waitFor();
  assert.equal(await page.getByText('The currency is a code of ISO 4217, like EUR.').count(), 0);
  await page.getByRole('combobox', { name: 'Product' }).click();
  await page.keyboard.type(elsewhere);
  await page.getByText(`Only in another currency than this sale’s: ${elsewhere} (JPY)`).waitFor();
  await page.keyboard.press('Escape');
  await formStep(page, 'When it starts');
  await page.getByLabel('Closes').fill('2020-01-01T10:00');
  await page.getByText('The sale must close after it opens.').waitFor();
  await stepLink(page, 'When it starts, has an error').waitFor();
  await formStep(page, 'Rules and payment');
  await page.getByLabel('Units for each shopper').fill('1');
  await page.getByLabel('Units at once').fill('5');
  await page.getByText('Not more than the units for each shopper (1).').waitFor();
  await isAccessible(page, 'values that contradict each other');
  noTroubles(page);
});

test('a picture that does not load is said, and not shown', async () => {
  const page = await stand.person({ width: 1440 });
  await newSale(page);
  await page.getByLabel('Address of the picture').fill('/images/lamp.svg');
  await page.getByRole('complementary').locator('img').waitFor();
  await page.getByLabel('Address of the picture').fill('/images/no-such.svg');
  await page.getByText('The picture does not load here.').first().waitFor();
  assert.equal(await page.getByRole('complementary').locator('img').count(), 0);
  // From a file, too, without leaving the form.
  await page.locator('input[type=file]').setInputFiles({ name: 'dot.png', mimeType: 'image/png', buffer: Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64') });
  await page.getByRole('complementary').locator('img').waitFor();
  assert.match(await page.getByLabel('Address of the picture').inputValue(), /^\/pictures\//);
});

test('a product is found by keyboard', async () => {
  const mark = randomUUID().slice(0, 8);
  const sku = await stand.product({ name: `Tripod ${mark}` });
  const page = await stand.person();
  await newSale(page);
  const product = page.getByRole('combobox', { name: /^Product/ });
  await product.focus();
  await page.keyboard.type(`trip ${mark}`);
  await page.getByRole('option', { name: `Tripod ${mark}` }).waitFor();
  await isAccessible(page, 'the choice of a product');
  await page.keyboard.press('Enter');
  assert.equal(await product.inputValue(), `Tripod ${mark}`);
  assert.equal(await page.getByLabel('Product name').count(), 0);
  await page.getByText(`${sku} · €45.00`).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Escape');
  assert.equal(await product.inputValue(), `Tripod ${mark}`, 'nothing was chosen');
  await page.keyboard.type('nobody has this');
  await page.getByText('No product has this').waitFor();
  await page.keyboard.press('Enter');
  await page.getByLabel('Product name').waitFor();
  noTroubles(page);
});

test('a copy has everything of a sale but what cannot be read back, and says so', async () => {
  const sale = await stand.sale({
    name: `Lamps ${randomUUID().slice(0, 8)}`, opensInMs: 86_400_000, closesInMs: 90_000_000, hold_seconds: 240, participation: 'anyone',
    coupons: [{ code: 'SIT', cut: { percent_off: 500 } }], access_codes: ['friends'], lobby: { opens_at: later(60_000_000), closes_at: later(80_000_000) },
  });
  const page = await stand.person();
  await signIn(page, stand);
  await page.goto(`/admin#/events/${sale.id}`);
  await page.getByRole('link', { name: 'Duplicate' }).click();
  await heading(page, 'A copy of a sale');
  await page.getByText('its access codes, which cannot be read back').waitFor();
  assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), `${sale.name} (copy)`);
  await isAccessible(page, 'the form of a copy');
  await formStep(page, 'When it starts');
  assert.match(page.url(), new RegExp(`from=${sale.id}`));
  await button(page, 'Save as draft').click();
  await heading(page, `${sale.name} (copy)`);
  const copy = await stand.admin('GET', `/events/${page.url().split('/').at(-1)}`);
  const same = ({ items, coupons, hold_seconds, currency, checkout }) => ({ items, coupons, hold_seconds, currency, checkout });
  assert.deepEqual(same(copy), same(await stand.admin('GET', `/events/${sale.id}`)));
  assert.notEqual(copy.id, sale.id);
  assert.equal(copy.access_code_count, 0);
  assert.equal(copy.scheduled, false);
  assert.ok(copy.lobby && Date.parse(copy.opens_at) < Date.parse(sale.opens_at));
  noTroubles(page);
});

test('the form on a phone, with its preview behind a button, in every language and in the dark', async () => {
  const sale = await stand.sale({ opensInMs: 86_400_000, closesInMs: 90_000_000, hold_seconds: 30 });
  const languages = { 'en-US': ['Sign in', 'Show as a shopper sees it', 'Close'], 'de-DE': ['Anmelden', 'Zeigen, wie Käufer es sehen', 'Schließen'], 'zh-CN': ['登录', '显示顾客看到的样子', '关闭'], 'ar-EG': ['تسجيل الدخول', 'اعرضه كما يراه المتسوق', 'إغلاق'] };
  for (const [locale, [signsIn, shows, closes]] of Object.entries(languages)) {
    const page = await stand.person({ phone: true, width: 390, dark: true, locale });
    await page.goto('/admin');
    await page.locator('.other-way').click();
    await page.locator('input').fill(stand.adminToken);
    await button(page, signsIn).click();
    await page.getByRole('row').first().waitFor();
    for (const step of ['sold', 'start', 'rules', 'buyers', 'check']) {
      await page.goto(`/admin#/events/${sale.id}/edit?step=${step}`);
      await page.locator(`[data-step=${step}]:not([hidden])`).waitFor();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= 390, `${step} in ${locale} is ${wide} px wide`);
      await isAccessible(page, `${step} in ${locale}`);
    }
    await button(page, shows).click();
    await page.getByRole('dialog').getByText('Warm light for long evenings.').waitFor();
    await isAccessible(page, `the preview in ${locale}`);
    await page.getByRole('dialog').getByRole('button', { name: closes }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    noTroubles(page);
    await page.context().close();
  }
});
