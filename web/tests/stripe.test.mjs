// Sales that are paid through Stripe, in the browser: against a stand-in for Stripe and for its script (which has a card
// element in place of the Payment Element).
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { requireChromium, Stand } from './stand.mjs';
import { buy, chooseProduct, formStep, isAccessible, noTroubles, signIn, standing } from './steps.mjs';

let stand;
before(async () => {
  requireChromium();
  stand = await Stand.start({}, '--stripe');
});
afterEach(() => stand.everybodyLeaves());
after(() => stand?.stop());

async function pay(page, number) {
  const fields = { number, exp_month: '12', exp_year: '35', cvc: '123' };
  for (const [name, text] of Object.entries(fields)) await page.getByPlaceholder(name, { exact: true }).fill(text);
  await page.getByRole('button', { name: /^Pay/ }).click();
}

const charged = async (sale) => {
  const { orders } = await stand.admin('GET', `/orders?event=${sale.id}`);
  return orders.map(({ state, total_minor }) => ({ state, total_minor }));
};

test('a card is paid with; what is not filled in is said by Stripe', async () => {
  const sale = await stand.sale();
  const page = await stand.person();
  await page.goto(sale.url);
  await buy(page);
  await standing(page, 'reserved');
  await page.getByPlaceholder('number').waitFor();
  await page.getByRole('button', { name: 'Pay €22.50' }).click();
  await page.getByText('Your card number is incomplete.').waitFor();
  await pay(page, '4242424242424242');
  await standing(page, 'confirmed');
  await page.locator('[data-order]').waitFor();
  assert.deepEqual(await charged(sale), [{ state: 'paid', total_minor: 2250 }]);
  noTroubles(page);
});

test('3-D Secure: refused, tried again after a reload, agreed', async () => {
  const sale = await stand.sale();
  const page = await stand.person();
  await page.goto(sale.url);
  await buy(page);
  await pay(page, '4000002500003155');
  await page.getByText('Your bank asks you to confirm the payment').waitFor();
  await page.getByRole('button', { name: 'Fail authentication' }).click();
  await page.getByText('The card was declined.').waitFor();
  await pay(page, '4000002500003155');
  await page.getByRole('button', { name: 'Complete authentication' }).waitFor();
  await page.reload();
  await page.getByText('Your bank asks you to confirm the payment').waitFor();
  await page.getByRole('button', { name: 'Complete authentication' }).click();
  await standing(page, 'confirmed');
  await page.locator('[data-order]').waitFor();
  assert.deepEqual(await charged(sale), [{ state: 'paid', total_minor: 2250 }]);
  noTroubles(page);
});

test('a declined card leaves the reservation, and another is taken', async () => {
  const sale = await stand.sale();
  const page = await stand.person();
  await page.goto(sale.url);
  await buy(page);
  await pay(page, '4000000000000341');
  await page.getByText('The card was declined.').waitFor();
  await pay(page, '4242424242424242');
  await standing(page, 'confirmed');
  noTroubles(page);
});

test('what costs nothing asks for no card, and loads nothing of Stripe', async () => {
  const sale = await stand.sale({ discount: { flat: { fixed_price: 0 } } });
  const page = await stand.person();
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(sale.url);
  await buy(page);
  await standing(page, 'reserved');
  await isAccessible(page, 'a free reservation');
  await page.getByRole('button', { name: 'Take it: nothing to pay' }).click();
  await standing(page, 'confirmed');
  await page.locator('[data-order]').waitFor();
  const isOfStripe = (url) => /StripeForm/.test(url) || new URL(url).origin !== new URL(stand.base).origin;
  assert.deepEqual(asked.filter(isOfStripe), []);
  assert.deepEqual(await charged(sale), [{ state: 'paid', total_minor: 0 }]);
  noTroubles(page);
});

test('where the script does not come, the page says so', async () => {
  const sale = await stand.sale();
  const page = await stand.person();
  await page.route(/stripe\.js$/, (route) => route.abort());
  await page.goto(sale.url);
  await buy(page);
  await page.getByText('The payment form cannot be loaded').waitFor();
  assert.ok(await page.getByRole('button', { name: /^Pay/ }).isDisabled());
  noTroubles(page);
});

test('where the ingress does not offer the gateway, the page does not ask for a reload', async () => {
  const sale = await stand.sale();
  const page = await stand.person();
  await page.route(new RegExp(`/sales/${sale.id}$`), async (route) => {
    if (route.request().resourceType() === 'document') return route.continue();
    const answer = await route.fetch();
    if (!answer.ok()) return route.fulfill({ response: answer });
    const { gateway, ...said } = await answer.json();
    return route.fulfill({ response: answer, json: { ...said, gateway: { kind: gateway.kind, digits: gateway.digits } } });
  });
  await page.goto(sale.url);
  await buy(page);
  await page.getByText('Payment is not possible at the moment.').waitFor();
  assert.equal(await page.getByText('Reload the page').count(), 0);
  await isAccessible(page, 'a reservation that cannot be paid');
  noTroubles(page);
});

test('a new sale is paid through what the form shows, whatever the first gateway is by then', async () => {
  const page = await stand.person();
  await page.route(/admin\/gateways$/, (route) => route.fulfill({ json: { gateways: ['sandbox', 'stripe'] } }));
  await signIn(page, stand);
  await page.getByRole('button', { name: 'New sale' }).click();
  await formStep(page, 'Rules and payment');
  assert.equal(await page.getByRole('combobox', { name: /^Paid through/ }).inputValue(), 'sandbox');
  const sku = await stand.product();
  await page.reload();
  await formStep(page, 'What is sold');
  await page.getByLabel('Name', { exact: true }).fill('Lamps, by the other gateway');
  await chooseProduct(page, sku);
  await page.getByLabel('Allocation').fill('3');
  await page.getByRole('button', { name: 'Save as draft' }).click();
  await page.getByText('Paid through: Sandbox').waitFor();
  const id = page.url().split('/').at(-1);
  assert.equal((await stand.admin('GET', `/events/${id}`)).gateway, 'sandbox');
  noTroubles(page);
});

test('a price that the gateway cannot charge is led to the field of the item', async () => {
  const page = await stand.person();
  await signIn(page, stand);
  await page.getByRole('button', { name: 'New sale' }).click();
  const sku = await stand.product();
  await page.reload();
  await page.getByLabel('Name', { exact: true }).fill('Too cheap');
  await chooseProduct(page, sku);
  await page.getByLabel('Allocation').fill('3');
  const price = page.getByLabel('List price (optional)');
  await price.fill('0.10');
  await page.getByRole('button', { name: 'Save as draft' }).click();
  await page.getByText(/items\[0\]\.list_minor/).waitFor();
  assert.equal(await price.getAttribute('aria-invalid'), 'true');
  assert.ok(await price.evaluate((input) => input === document.activeElement));
  await isAccessible(page, 'a form with a price that was refused');
  await price.fill('10');
  assert.equal(await price.getAttribute('aria-invalid'), null);
  await page.getByRole('button', { name: 'Save as draft' }).click();
  await page.getByRole('heading', { level: 1, name: 'Too cheap' }).waitFor();
  noTroubles(page);
});
