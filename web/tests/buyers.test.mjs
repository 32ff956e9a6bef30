// What buyers are asked for to be sent the goods: on the page between reservation and payment, and in the console.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import { requireChromium, Stand } from './stand.mjs';
import { buy, formStep, isAccessible, noTroubles, pay, signIn, standing, until } from './steps.mjs';

let stand;
before(async () => {
  requireChromium();
  stand = await Stand.start();
});
afterEach(() => stand.everybodyLeaves());
after(() => stand?.stop());

const EVERYTHING = {
  name: 'required', email: 'required', phone: 'optional', address: 'required',
  questions: [{ text: 'Which size?', required: true }, { text: 'A greeting?', required: false }],
};
const asking = (buyer_fields = EVERYTHING) => stand.sale({ buyer_fields });
const goesOn = (page) => page.getByRole('button', { name: 'Continue', exact: true }).click();
const cardForm = (page) => page.getByLabel('Card number');

async function reserves(page, sale) {
  await page.goto(sale.url);
  await buy(page);
  await standing(page, 'reserved');
}

async function fillsIn(page) {
  await page.getByLabel('Full name').fill('Ada Lovelace');
  await page.getByLabel('E-mail').fill('ada@example.com');
  await page.getByLabel('Street and number').fill('12 St James’s Square');
  await page.getByLabel('Postal code').fill('SW1Y 4JH');
  await page.getByLabel('Town').fill('London');
  await page.getByLabel('Country').selectOption('GB');
  await page.getByLabel('Which size?').fill('M');
}

test('who has reserved is asked first, told what is wrong at its field, may change it, and pays', async () => {
  const sale = await asking();
  const page = await stand.person({ phone: true });
  await page.goto(sale.url);
  assert.equal(await page.getByLabel('Full name').count(), 0, 'nobody is asked before the line');
  await buy(page);
  await standing(page, 'reserved');
  await page.getByRole('heading', { name: 'Your details' }).waitFor();
  assert.equal(await cardForm(page).count(), 0, 'and pays only after it');
  const attributes = async (label) => page.getByLabel(label).evaluate(({ type, autocomplete }) => [type, autocomplete]);
  assert.deepEqual(await attributes('E-mail'), ['email', 'email']);
  assert.deepEqual(await attributes('Phone (optional)'), ['tel', 'tel']);
  assert.deepEqual(await attributes('Full name'), ['text', 'name']);
  assert.deepEqual(await attributes('Postal code'), ['text', 'shipping postal-code']);

  await page.getByLabel('E-mail').fill('ada');
  await goesOn(page);
  await page.getByText('This is not an e-mail address').waitFor();
  const isFocused = (label) => page.getByLabel(label).evaluate((field) => field === document.activeElement);
  assert.ok(await isFocused('Full name'), 'the first that is wrong');
  assert.equal(await page.getByText('Please fill this in.').count(), 5, 'name, three of the address, and size');
  await isAccessible(page, 'the form with what is wrong');

  await fillsIn(page);
  await goesOn(page);
  await cardForm(page).waitFor();
  await page.getByText('SW1Y 4JH London').waitFor();
  await page.getByText('United Kingdom').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Your details', 'keyboards go on from there');
  await isAccessible(page, 'what was given');

  // It is known after a reload, and can be changed.
  await page.reload();
  await page.getByText('Ada Lovelace').waitFor();
  await page.getByRole('button', { name: 'Change' }).click();
  assert.equal(await page.getByLabel('Country').inputValue(), 'GB');
  await page.getByLabel('Full name').fill('Ada King');
  await goesOn(page);
  await page.getByText('Ada King').waitFor();
  await pay(page);
  await page.locator('[data-order]').waitFor();
  noTroubles(page);
});

test('what was deleted meanwhile is asked for again', async () => {
  const sale = await asking({ name: 'required' });
  const page = await stand.person();
  await reserves(page, sale);
  await page.getByLabel('Full name').fill('Ada Lovelace');
  await goesOn(page);
  await cardForm(page).waitFor();
  assert.deepEqual(await stand.admin('DELETE', `/events/${sale.id}/buyers`), { deleted: 1 });
  await pay(page);
  await page.getByText('The organiser needs your details before you can pay.').waitFor();
  await page.getByLabel('Full name').fill('Ada Lovelace');
  await goesOn(page);
  await pay(page);
  await page.locator('[data-order]').waitFor();
  noTroubles(page);
});

test('without an answer nothing is said to be saved, and what was typed stays', async () => {
  const sale = await asking({ name: 'required', phone: 'optional' });
  const page = await stand.person({ locale: 'ar' });
  await page.goto(sale.url);
  await page.getByRole('button', { name: 'اشترِ', exact: true }).click();
  await standing(page, 'reserved');
  await page.getByLabel('الاسم الكامل').fill('مريم');
  await page.getByLabel('الهاتف (اختياري)').fill('+٤٩ ٣٠ ٩٠١٨٢٠');
  await page.route('**/buyer', (route) => (route.request().method() === 'PUT' ? route.abort() : route.continue()));
  await page.getByRole('button', { name: 'متابعة' }).click();
  await page.getByText('لم يتأكد حفظ ذلك. حاول مجددًا.').waitFor();
  assert.equal(await page.getByLabel('الاسم الكامل').inputValue(), 'مريم');
  await isAccessible(page, 'the form in Arabic');
  await page.unroute('**/buyer');
  await page.getByRole('button', { name: 'متابعة' }).click();
  await page.getByText('+49 30 901820').waitFor();
  noTroubles(page);
});

test('an organiser chooses what is asked for, sees it at the order, and deletes it', async () => {
  const sale = await stand.sale({ opensInMs: 3_600_000, closesInMs: 7_200_000 });
  const page = await stand.person();
  await signIn(page, stand);
  await page.goto(`/admin#/events/${sale.id}/edit`);
  await formStep(page, 'Codes, buyers, limits');
  const asked = page.getByRole('group', { name: 'Asked before paying' });
  await asked.getByLabel('E-mail').selectOption('required');
  await asked.getByRole('button', { name: 'Add a question' }).click();
  await asked.getByRole('textbox', { name: 'Question 1' }).fill('Which size?');
  await asked.getByLabel('An answer is needed').check();
  await isAccessible(page, 'the form of the sale');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('button', { name: 'Delete buyers’ details' }).waitFor();
  const { buyer_fields: fields } = await stand.admin('GET', `/events/${sale.id}`);
  const question = { text: 'Which size?', required: true };
  assert.deepEqual(fields, { name: 'off', email: 'required', phone: 'off', address: 'off', questions: [question] });

  const open = await asking(fields);
  const shopper = await stand.shopper();
  const { attempt_id: attempt } = await shopper.buy(open);
  const reservation = `/sales/${open.id}/reservations/${attempt}`;
  await until('the details are taken', () =>
    shopper.call('PUT', `${reservation}/buyer`, { email: 'ada@example.com', answers: ['M'] }).catch(() => undefined),
  );
  await shopper.call('POST', `${reservation}/payments`, { card_token: 'tok_ok' });
  const { number } = await until('the order is there', () =>
    stand.admin('GET', `/orders?event=${open.id}`).then(({ orders }) => orders[0], () => undefined),
  );
  await page.goto('/admin#/orders');
  await page.getByRole('link', { name: number, exact: true }).click();
  const buyer = page.getByRole('region', { name: 'Buyer' });
  await buyer.getByText('ada@example.com').waitFor();
  await buyer.getByText('Which size?').waitFor();
  await isAccessible(page, 'the buyer of an order');
  await buyer.getByRole('button', { name: 'Delete these details' }).click();
  await buyer.getByRole('button', { name: 'Delete for good' }).click();
  await buyer.waitFor({ state: 'detached' });
  noTroubles(page);
});

test('an address in Germany has a postal code of five digits, and one in Ireland need not have any', async () => {
  const page = await stand.person();
  await reserves(page, await asking({ address: 'required' }));
  await page.getByLabel('Street and number').fill('Am Markt 1');
  await page.getByLabel('Town').fill('Berlin');
  await page.getByLabel('Country').selectOption('DE');
  await goesOn(page);
  await page.getByText('Please fill this in.').waitFor();
  await page.getByLabel('Postal code').fill('1234567');
  await goesOn(page);
  await page.getByText('This is not a postal code of the chosen country.').waitFor();
  await page.getByRole('combobox', { name: 'Country' }).selectOption('IE');
  await page.getByLabel('Postal code (optional)').fill('');
  await goesOn(page);
  await cardForm(page).waitFor();
  noTroubles(page);
});

test('the page offers the countries that the server knows', () => {
  const codes = (file) => readFileSync(new URL(file, import.meta.url), 'utf8').match(/\b[A-Z]{2}\b(?=[ `"\n])/g);
  const [all, withPostalCode] = ['countries', 'postal'].map((file) => codes(`../../sale/src/buyer/${file}.rs`));
  assert.ok(all.length > 240 && withPostalCode.length > 40);
  assert.deepEqual(codes('../src/shop/buyer/countries.ts'), [...all, ...withPostalCode], 'and those whose addresses need a postal code');
});
