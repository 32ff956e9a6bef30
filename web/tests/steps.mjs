// What people do on the pages, and what they should find, in their words.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const standing = (page, state) => page.locator(`[data-state=${state}]`).waitFor();

export async function buy(page, { quantity } = {}) {
  if (quantity) await page.getByLabel('Quantity').fill(String(quantity));
  await page.getByRole('button', { name: /^(Buy|Join standby)$/ }).click();
}

export async function pay(page, card = '4242 4242 4242 4242', expiry = '12/30') {
  await page.getByLabel('Card number').fill(card);
  await page.getByLabel('Expiry').fill(expiry);
  await page.getByLabel('Security code').fill('123');
  await page.getByRole('button', { name: /^Pay/ }).click();
}

/** No violation of WCAG 2.2 AA that axe-core can find, and nothing to scroll sideways. */
export async function isAccessible(page, view) {
  // Through the debugger: the page's policy rightly refuses scripts that it did not bring.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() =>
    axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }),
  );
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
  assert.deepEqual(found, [], `axe-core on ${view}`);
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(sideways <= 0, `${view} is ${sideways} px too wide`);
}

/** Nobody touches one button for the other. */
export async function isApart(page, one, other) {
  const [a, b] = await Promise.all([one, other].map((name) => page.getByRole('button', { name, exact: true }).boundingBox()));
  const apart = Math.max(b.x - a.x - a.width, a.x - b.x - b.width, b.y - a.y - a.height, a.y - b.y - b.height);
  assert.ok(apart >= 8, `${one} and ${other} are ${apart} px apart`);
}

export const noTroubles = (page) => assert.deepEqual(page.troubles, []);

export async function signIn(page, stand) {
  await page.goto('/admin');
  await page.locator('.other-way').click();
  await page.getByLabel('API token').fill(stand.adminToken);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Sales' }).waitFor();
}

/** Goes to a step of the form of a sale; with `more`, what is folded away there is unfolded. */
export async function formStep(page, name, { more = false } = {}) {
  await page.getByRole('navigation', { name: 'Steps of the form' }).getByRole('link', { name }).click();
  await page.getByRole('heading', { level: 2, name }).waitFor();
  if (!more) return;
  const folded = page.locator('[data-step]:not([hidden]) details.more:not([open]) > summary');
  while (await folded.count()) await folded.first().click();
}

/** Chooses a product for the item of the form, by typing its SKU. */
export async function chooseProduct(page, sku) {
  await page.getByRole('combobox', { name: /^Product/ }).fill(sku);
  await page.getByRole('option', { name: sku }).click();
}

/** Signs in at the page of a sale that asks for it, by the code that is the mail of a number to the address. */
export async function signInByMail(page, mail, email, number = 1) {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByRole('button', { name: 'Send me a code' }).click();
  await page.getByRole('heading', { name: 'Enter the code' }).waitFor();
  const { code } = await mail.code(email, number);
  await page.getByLabel('Code', { exact: true }).fill(code);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out', exact: true }).waitFor();
}

/** What is looked for, once it is there: ten times a second, so often. */
export async function until(what, look, times = 100) {
  for (let tries = 0; tries < times; tries += 1) {
    const found = await look();
    if (found) return found;
    await new Promise((go) => setTimeout(go, 100));
  }
  throw new Error(what);
}
