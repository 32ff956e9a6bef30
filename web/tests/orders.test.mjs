// Orders, as an organiser looks for them, understands them and refunds them.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import { requireChromium, Stand } from './stand.mjs';
import { isAccessible, noTroubles, signIn, until } from './steps.mjs';

let stand;
before(async () => {
  requireChromium();
  stand = await Stand.start();
});
afterEach(() => stand.everybodyLeaves());
after(() => stand?.stop());

const button = (page, name) => page.getByRole('button', { name, exact: true });
const rows = (page) => page.getByRole('region', { name: 'Orders' }).locator('tbody tr');

/** So many orders of a sale, each paid by somebody else with a card; the first made first. */
async function paid(sale, count, { card = 'tok_ok', buyer } = {}) {
  for (let made = 0; made < count; made += 1) {
    const shopper = await stand.shopper();
    const { attempt_id: id } = await shopper.buy(sale);
    const path = `/sales/${sale.id}/reservations/${id}`;
    const attempt = () => shopper.call('GET', `/sales/${sale.id}/attempts/${id}`);
    await until('it is reserved', async () => (await attempt()).state === 'reserved');
    if (buyer) await until('the details are taken', () => shopper.call('PUT', `${path}/buyer`, buyer).catch(() => undefined));
    await shopper.call('POST', `${path}/payments`, { card_token: card });
    await until('it is paid', async () => (await attempt()).order?.state === 'paid', 300);
  }
  const { orders } = await stand.admin('GET', `/orders?event=${sale.id}`);
  return orders.reverse();
}

const roomy = (more = {}) => stand.sale({ per_shopper_max: 5, ...more });

test('a list is found by what people have of an order, and stands in its address', async () => {
  const sale = await roomy({ name: 'Lamps for readers', buyer_fields: { name: 'required', email: 'required' } });
  const mark = `lovelace${randomUUID().slice(0, 8)}`;
  const [ada] = await paid(sale, 1, { buyer: { name: `Ada ${mark}`, email: `${mark.toUpperCase()}@Example.com` } });
  const others = await roomy({ name: 'Lamps for others' });
  const [other] = await paid(others, 1);
  const page = await stand.person();
  await signIn(page, stand);
  await page.getByRole('navigation').getByRole('link', { name: 'Orders' }).click();
  const search = page.getByLabel('Search');
  const only = async (order) => {
    await page.getByRole('link', { name: order.number, exact: true }).waitFor();
    await until(`only ${order.number}`, async () => (await rows(page).count()) === 1);
  };
  for (const text of [ada.number, ada.number.toLowerCase(), ada.number.slice(3), `${mark}@ex`, mark.slice(0, -1), `Ada ${mark.slice(0, -2)}`, ada.reservation_id, sale.sku]) {
    await search.fill(text);
    await only(ada);
  }
  await search.fill(ada.number.slice(0, -1));
  await page.getByRole('link', { name: ada.number, exact: true }).waitFor();
  await search.fill('nobody@example.com');
  await page.getByText('No orders match.').waitFor();
  await button(page, 'Clear all filters').click();

  // A reload, another tab and a colleague see the same; the browser's button goes back.
  await page.getByLabel('Sale').selectOption(others.name);
  await only(other);
  await page.getByLabel('State').selectOption('paid');
  await page.waitForURL(/state=paid/);
  const address = page.url();
  assert.match(address, new RegExp(`#/orders\\?event=${others.id}&state=paid$`));
  await page.reload();
  await only(other);
  assert.equal(await page.getByLabel('Sale').inputValue(), others.id);
  const colleague = await stand.person({ locale: 'de-DE' });
  await colleague.goto('/admin');
  await colleague.locator('.other-way').click();
  await colleague.getByLabel('API-Schlüssel').fill(stand.adminToken);
  await colleague.keyboard.press('Enter');
  await colleague.getByRole('heading', { level: 1 }).waitFor();
  await colleague.goto(address);
  await colleague.getByRole('link', { name: other.number, exact: true }).waitFor();
  await page.getByLabel('State').selectOption('failed');
  await page.getByText('No orders match.').waitFor();
  await page.goBack();
  await only(other);
  assert.equal(await page.getByLabel('State').inputValue(), 'paid');
  await isAccessible(page, 'a filtered list of orders');

  // What is listed is exported, as a spreadsheet reads it.
  const [saved] = await Promise.all([page.waitForEvent('download'), button(page, 'Export CSV').click()]);
  const csv = readFileSync(await saved.path());
  assert.deepEqual([...csv.subarray(0, 3)], [0xef, 0xbb, 0xbf], 'a byte order mark');
  const [heads, row, ...more] = csv.toString('utf8').slice(1).trim().split('\n').map((line) => line.split(','));
  const cells = Object.fromEntries(heads.map((head, at) => [head, row[at]]));
  assert.deepEqual(more, []);
  assert.deepEqual([cells.number, cells.sale, cells.total, cells.refunded, cells.net, cells.currency], [other.number, others.name, '22.50', '0.00', '22.50', 'EUR']);
  assert.match(cells.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const { entries } = await stand.admin('GET', '/audit?action=orders.export&limit=1');
  assert.equal(entries[0].detail.filter.searched, false);

  // The days are those of whoever looks.
  const today = new Date().toLocaleDateString('sv', { timeZone: 'Europe/Berlin' });
  await page.getByLabel('State').selectOption('');
  await page.getByLabel('Made on or after').fill(today);
  await only(other);
  await page.getByLabel('Made on or before').fill('2020-01-01');
  await page.getByRole('alert').waitFor();
  noTroubles(page);
});

test('an order has a page: its lines, its buyer, what happened, and what can be done', async () => {
  const tiers = { tiers: [{ units: 1, cut: { percent_off: 5000 } }, { units: 5, cut: { percent_off: 1000 } }] };
  const sale = await roomy({ discount: tiers, buyer_fields: { name: 'required', email: 'required' } });
  const shopper = await stand.shopper();
  const { attempt_id: id } = await shopper.buy(sale, 2);
  const path = `/sales/${sale.id}/reservations/${id}`;
  await until('the details are taken', () => shopper.call('PUT', `${path}/buyer`, { name: 'Ada Lovelace', email: 'ada@example.com' }).catch(() => undefined));
  await shopper.call('POST', `${path}/payments`, { card_token: 'tok_declined' });
  const attempt = () => shopper.call('GET', `/sales/${sale.id}/attempts/${id}`);
  await until('it is declined', async () => (await attempt()).payment?.state === 'declined', 300);
  await shopper.call('POST', `${path}/payments`, { card_token: 'tok_ok' });
  const { order } = await until('it is paid', async () => [await attempt()].find((seen) => seen.order?.state === 'paid'), 300);
  const page = await stand.person();
  await signIn(page, stand);
  await page.goto('/admin#/orders');
  await page.getByRole('link', { name: order.number, exact: true }).click();
  await page.getByRole('heading', { level: 1, name: `Order ${order.number}` }).waitFor();
  const lines = page.getByRole('region', { name: 'What was bought' });
  await lines.getByRole('row', { name: /Lamp.*1 €22\.50 €22\.50/s }).waitFor();
  await lines.getByRole('row', { name: /Lamp.*1 €40\.50 €40\.50/s }).waitFor();
  await lines.getByRole('row', { name: 'Total €63.00' }).waitFor();
  await page.getByText('Ada Lovelace').waitFor();
  await page.getByText('ada@example.com').waitFor();
  await isAccessible(page, 'the page of an order');

  await button(page, `Refund ${order.number}`).click();
  await page.getByLabel('How much goes back').fill('13.00');
  await page.getByLabel('Reason').fill('a dent');
  await button(page, 'Refund the order').click();
  const happened = page.locator('.timeline li');
  for (const text of [
    'Clicked, and was given the units at once', 'The buyer gave their details', 'The payment of €63.00 was declined',
    'Paid: €63.00 were taken', 'A refund of €13.00 was asked for', '€13.00 went back',
  ]) {
    await happened.filter({ hasText: text }).waitFor();
  }
  await happened.filter({ hasText: 'a dent' }).filter({ hasText: 'by bootstrap' }).waitFor();
  await lines.getByRole('row', { name: 'Kept €50.00' }).waitFor();
  await button(page, `Put the units of ${order.number} back`).click();
  await page.getByLabel('Reason').fill('somebody else may want it');
  await button(page, 'Put the units back').click();
  await happened.filter({ hasText: 'The units are back in the sale' }).waitFor();
  const texts = await happened.allTextContents();
  const at = (text) => texts.findIndex((said) => said.includes(text));
  assert.ok(at('was declined') < at('were taken') && at('were taken') < at('went back') && at('went back') < at('back in the sale'), texts.join('\n'));

  // What the buyer gave is deleted there; the order stays.
  await button(page, 'Delete these details').click();
  await button(page, 'Delete for good').click();
  await page.getByText('Ada Lovelace').waitFor({ state: 'detached' });
  await happened.filter({ hasText: 'details were deleted' }).waitFor();
  await page.goto('/admin#/orders/00000000-0000-0000-0000-000000000000');
  await page.getByText('There is no such thing here').waitFor();
  noTroubles(page);
});

test('several orders are refunded together, each on its own, and what became of each is said', async () => {
  const sale = await roomy();
  const fine = await paid(sale, 2);
  const refusing = await roomy();
  const [refused] = await paid(refusing, 1, { card: 'tok_refund_refused' });
  const [gone] = await paid(await roomy(), 1);
  const page = await stand.person();
  await signIn(page, stand);
  await page.goto('/admin#/orders');
  for (const { number } of [...fine, refused, gone]) await page.getByRole('checkbox', { name: `Select ${number}` }).check();
  await page.getByText('4 orders are selected.').waitFor();
  await button(page, 'Refund …').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Together €90.00 go back').waitFor();
  await isAccessible(page, 'the dialog of several refunds');
  // Meanwhile somebody else is quicker.
  await stand.admin('POST', `/orders/${gone.order_id}/refund`, { reason: 'by somebody else' });
  await dialog.getByLabel('Reason').fill('the sale is off');
  await dialog.getByRole('button', { name: 'Refund 4 orders: €90.00' }).click();
  const row = ({ number }) => dialog.getByRole('row', { name: new RegExp(number) });
  for (const order of fine) await row(order).getByText('done: the money has gone back').waitFor();
  await row(refused).getByText('failed:').waitFor();
  await row(gone).getByText('refused:').waitFor();
  await dialog.getByText('2 of 4 are asked for or done.').waitFor();
  await isAccessible(page, 'what became of several refunds');
  await button(page, 'Done').click();
  for (const { number } of fine) await page.getByRole('row', { name: number }).getByText('refunded').waitFor();
  const { orders } = await stand.admin('GET', `/orders?event=${sale.id}`);
  assert.deepEqual(orders.map(({ state, refunded_minor }) => [state, refunded_minor]), [['refunded', 2250], ['refunded', 2250]]);

  // What cannot be refunded is left out, and why.
  await page.getByRole('checkbox', { name: `Select ${fine[0].number}` }).check();
  await button(page, 'Refund …').click();
  await dialog.getByText('None of these orders can be refunded.').waitFor();
  await dialog.getByText(`Left out: ${fine[0].number} (it is refunded)`).waitFor();
  noTroubles(page);
});

test('without an answer nobody says that a refund was refused', async () => {
  const [order] = await paid(await roomy(), 1);
  const page = await stand.person({ phone: true });
  await signIn(page, stand);
  await page.goto(`/admin#/orders?q=${order.number}`);
  await page.getByRole('checkbox', { name: `Select ${order.number}` }).check();
  await button(page, 'Refund …').click();
  await page.getByLabel('Reason').fill('a dent');
  await page.route(/\/refund$/, (route) => route.abort());
  await button(page, 'Refund 1 order: €22.50').click();
  await page.getByText('not known whether it was asked for').waitFor();
  await isAccessible(page, 'an unknown refund on a phone');
  noTroubles(page);
});

test('who may only look refunds nothing', async () => {
  const [order] = await paid(await roomy(), 1);
  const name = `viewer ${order.number}`;
  const { token } = await stand.admin('POST', '/tokens', { name, role: 'viewer' });
  const page = await stand.person();
  await page.goto('/admin');
  await page.locator('.other-way').click();
  await page.getByLabel('API token').fill(token);
  await button(page, 'Sign in').click();
  await page.getByRole('heading', { level: 1, name: 'Sales' }).waitFor();
  await page.goto(`/admin#/orders?q=${order.number}`);
  await page.getByRole('link', { name: order.number, exact: true }).waitFor();
  assert.equal(await page.getByRole('checkbox').count(), 0);
  await page.getByRole('link', { name: order.number, exact: true }).click();
  await page.locator('.timeline li').first().waitFor();
  assert.equal(await page.getByRole('button', { name: /Refund/ }).count(), 0);
  noTroubles(page);
});
