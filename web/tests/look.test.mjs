// The organiser's look: set in the console with a preview, shown to shoppers, in light and dark, and in each language.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, afterEach, before, test } from 'node:test';
import { requireChromium, Stand } from './stand.mjs';
import { buy, isAccessible, noTroubles, pay, signIn, standing, until } from './steps.mjs';

let stand;
before(async () => {
  requireChromium();
  stand = await Stand.start();
});
afterEach(() => stand.everybodyLeaves());
after(async () => {
  await clear();
  await stand?.stop();
});

const call = (method, body, version) =>
  fetch(`${stand.base}/api/v1/admin/look`, { method, headers: { Authorization: `Bearer ${stand.adminToken}`, 'Content-Type': 'application/json', 'If-Match': version }, body: JSON.stringify(body) });
const clear = () => call('PUT', {}, '*');

/** A logo with a transparent ground, as the browser makes one. */
const logo = async (page) =>
  Buffer.from(
    await page.evaluate(async () => {
      const canvas = new OffscreenCanvas(120, 40);
      const context = canvas.getContext('2d');
      context.fillStyle = '#0b6b3a';
      context.fillRect(10, 5, 100, 30);
      return [...new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer())];
    }),
  );
const accentOf = (page) => page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--accent').trim());
const isLooking = (page, welcome) => until('the page has the look', async () => (await page.reload(), (await page.getByText(welcome).count()) > 0));

test('a look is typed with a preview beside it, refused where it cannot be read, and shown to shoppers', async () => {
  const page = await stand.person();
  await signIn(page, stand);
  await page.getByRole('navigation').getByRole('link', { name: 'Look' }).click();
  await page.getByLabel('Name of the shop').fill('Lampen & mehr');
  const light = page.locator('[data-preview=light]');
  await light.getByText('Lampen & mehr').waitFor();
  await page.getByLabel('Upload a picture').setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: await logo(page) });
  await light.locator('img[src^="/pictures/"]').waitFor();

  // What cannot be read is said at the field, with what could be.
  await page.getByLabel('Accent', { exact: true }).fill('#ffd500');
  await page.getByText('Not readable for everybody: its contrast is 1.').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Save the look' }).isDisabled(), true);
  await page.getByRole('button', { name: /^Take #/ }).click();
  await page.getByText('Readable: its contrast is at least').first().waitFor();
  await page.getByLabel('Accent', { exact: true }).fill('#0b6b3a');
  await until('the preview has the colour', () => light.evaluate((it) => getComputedStyle(it).getPropertyValue('--accent').trim() === '#0b6b3a'));

  await page.getByLabel('Default language').selectOption('de');
  await page.getByLabel('Texts in').selectOption('de');
  await page.getByLabel('Welcome line').fill('Schön, dass Sie da sind');
  await page.getByLabel('Help', { exact: true }).fill('hilfe@lampen.example');
  await page.getByLabel('Seller’s name and address').fill('Lampen GmbH\nLange Straße 1');
  await page.getByLabel('Terms: address of the page').fill('javascript:alert(1)');
  await page.getByText('An address that starts with https://').waitFor();
  await page.getByLabel('Terms: address of the page').fill('https://lampen.example/agb');
  await page.getByLabel('Texts in').selectOption('en');
  await light.getByText('Schön, dass Sie da sind').waitFor();
  await page.getByLabel('Welcome line').fill('Good to see you');
  await page.getByRole('button', { name: 'Save the look' }).click();
  await page.getByText('Saved. Pages show it within seconds.').waitFor();
  await isAccessible(page, 'the look');
  noTroubles(page);

  const sale = await stand.sale({ per_shopper_max: 2 });
  for (const dark of [false, true]) {
    const shopper = await stand.person({ phone: true, dark });
    await shopper.goto('/');
    await isLooking(shopper, 'Good to see you');
    await shopper.getByRole('link', { name: 'Lampen & mehr' }).locator('img[src^="/pictures/"]').waitFor();
    assert.equal((await accentOf(shopper)) === '#0b6b3a', !dark);
    assert.equal(await shopper.title(), 'Sales · Lampen & mehr');
    await shopper.getByRole('contentinfo').getByRole('link', { name: 'Terms' }).waitFor();
    await isAccessible(shopper, `the list in a look, dark: ${dark}`);
    await shopper.goto(sale.url);
    await shopper.getByRole('button', { name: 'Buy' }).waitFor();
    await isAccessible(shopper, `a sale in a look, dark: ${dark}`);
    await buy(shopper);
    await standing(shopper, 'reserved');
    await pay(shopper);
    await standing(shopper, 'confirmed');
    await shopper.getByRole('link', { name: 'Receipt and code for collection' }).click();
    await shopper.locator('[data-seller]').getByText('Lampen GmbH').waitFor();
    await isAccessible(shopper, `a receipt in a look, dark: ${dark}`);
    noTroubles(shopper);
  }
  const german = await stand.person({ locale: 'de-DE' });
  await german.goto('/');
  await german.getByText('Schön, dass Sie da sind').waitFor();
  await german.getByRole('contentinfo').getByText('Hilfe').waitFor();
});

test('what an attacker writes as an organiser runs nowhere', async () => {
  const mark = `x${randomBytes(4).toString('hex')}`;
  const hostile = `"><img src=x onerror="document.title='${mark}'"><script>document.title='${mark}'</script>`;
  const texts = { welcome: hostile, footer: hostile, support: 'javascript:alert(1)', seller: hostile };
  const saved = await call('PUT', { name: `"><svg/onload=x>`, texts: { en: texts } }, '*');
  assert.equal(saved.status, 200);
  const page = await stand.person();
  await page.goto('/');
  await isLooking(page, hostile);
  assert.equal((await page.title()).includes(mark), false);
  assert.equal(await page.locator('a[href^="javascript"]').count(), 0);
  assert.equal(await page.locator('img[src=x]').count(), 0);
  noTroubles(page);
});
