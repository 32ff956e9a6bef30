// The audit log, as somebody reads it who wants to know what happened.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
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

const entries = (page) => page.locator('.feed > li');

/** Calls of somebody with a token of their own. */
async function colleague(name) {
  const { token } = await stand.admin('POST', '/tokens', { name, role: 'manager' });
  return async (method, path, body, more = {}) => {
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID(), ...more };
    const answer = await fetch(`${stand.base}/api/v1/admin${path}`, { method, headers, body: body && JSON.stringify(body) });
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`);
    return answer.json();
  };
}

test('who did what is said in sentences that lead there, with what was there before and after', async () => {
  const anna = `Anna ${randomUUID().slice(0, 4)}`;
  const call = await colleague(anna);
  const sale = await stand.sale({ name: 'Lamps at half price' });
  const later = await stand.sale({ name: 'Vases', opensInMs: 3_600_000, closesInMs: 7_200_000 });
  await call('POST', `/events/${sale.id}/pause`, { reason: 'a lorry is late' });
  await call('POST', `/events/${sale.id}/resume`);
  await call('POST', `/events/${sale.id}/restock`, { sku: sale.sku, units: 1500 });
  const { id, status, status_reason, version, access_code_count, item_names, invited_count, ...spec } = await stand.admin('GET', `/events/${later.id}`);
  const changed = { ...spec, name: 'Vases of glass', per_shopper_max: 3, scheduled: true, items: [{ ...spec.items[0], list_minor: 5000 }] };
  await call('PUT', `/events/${later.id}`, changed, { 'If-Match': `"${version}"` });
  const page = await stand.person();
  await signIn(page, stand);
  await page.getByRole('link', { name: 'Audit log' }).click();
  await page.getByLabel('Who').fill(anna.toLowerCase());
  const said = (text) => entries(page).filter({ hasText: text });
  await said(`${anna} paused Lamps at half price: a lorry is late`).waitFor();
  await said(`${anna} resumed Lamps at half price`).waitFor();
  const restock = said(`${anna} added 1,500 units of Lamp to Lamps at half price`);
  await restock.getByRole('listitem').filter({ hasText: `Lamp: Allocation before 10 after 1,510` }).waitFor();
  const edit = said(`${anna} edited Vases of glass`);
  await edit.getByRole('listitem').filter({ hasText: 'Name before Vases after Vases of glass' }).waitFor();
  await edit.getByRole('listitem').filter({ hasText: 'Units for each shopper before 2 after 3' }).waitFor();
  await edit.getByRole('listitem').filter({ hasText: `Lamp: List price before €45.00 after €50.00` }).waitFor();
  assert.equal(await edit.getByRole('listitem').count(), 3, 'what stayed as it was is not told');
  assert.equal(await entries(page).count(), 4, 'and nobody else');
  await isAccessible(page, 'the audit log');
  await edit.getByText('Details').click();
  await edit.getByText('event.replace').waitFor();
  await edit.getByRole('link', { name: 'Vases of glass' }).click();
  await page.getByRole('heading', { level: 1, name: 'Vases of glass' }).waitFor();
  noTroubles(page);
});

test('the log is filtered by who, what, which sale and when, in its address', async () => {
  const sale = await stand.sale({ name: 'Chairs for the log' });
  await stand.pause(sale, 'glue');
  await stand.admin('POST', `/events/${sale.id}/resume`);
  const shopper = await stand.shopper();
  const { attempt_id: attempt } = await shopper.buy(sale);
  const pay = () => shopper.call('POST', `/sales/${sale.id}/reservations/${attempt}/payments`, { card_token: 'tok_ok' });
  await until('it can be paid', () => pay().catch(() => undefined));
  const order = await until('it is paid', async () => (await stand.admin('GET', `/orders?event=${sale.id}`)).orders.find(({ state }) => state === 'paid'), 300);
  await stand.admin('POST', `/orders/${order.order_id}/refund`, { reason: 'a dent', amount_minor: 1000 });
  const page = await stand.person();
  await signIn(page, stand);
  await page.goto(`/admin#/audit?event=${sale.id}`);
  const said = (text) => entries(page).filter({ hasText: text });
  // What was done to its orders is about the sale, too.
  await said(`bootstrap asked for a refund of €10.00 of order ${order.number}`).waitFor();
  await said('bootstrap paused Chairs for the log').waitFor();
  await until('only of this sale', async () => (await entries(page).count()) === 4);
  await page.getByLabel('What').selectOption('Orders: refunds and units');
  await until('only its orders', async () => (await entries(page).count()) === 1);
  await page.reload();
  await said(order.number).waitFor();
  assert.equal(await entries(page).count(), 1);
  assert.equal(await page.getByLabel('What').inputValue(), 'order');
  await page.goBack();
  await said('bootstrap paused Chairs for the log').waitFor();
  await page.getByLabel('On or after').fill('2099-01-01');
  await page.getByText('No entries match.').waitFor();
  await page.getByRole('button', { name: 'Clear all filters' }).click();
  await page.goto(`/admin#/audit?event=${sale.id}&action=order.refund`);
  await page.getByRole('link', { name: order.number }).click();
  await page.getByRole('heading', { level: 1, name: `Order ${order.number}` }).waitFor();
  noTroubles(page);
});

test('what no sentence is known for is still true, and strangers are named as such', async () => {
  const page = await stand.person({ phone: true });
  const at = new Date().toISOString();
  const entry = { at, role: '', detail: {} };
  await page.route(/admin\/audit\?/, (route) =>
    route.fulfill({
      json: {
        entries: [
          { ...entry, id: randomUUID(), actor: 'Ben', role: 'owner', action: 'moon.painted', subject: 'green', detail: { coats: 2 } },
          { ...entry, id: randomUUID(), actor: '', address: '198.51.100.7', action: 'sign_in.failed', subject: 'unknown token', detail: { count: 12 } },
          { ...entry, id: randomUUID(), actor: '', address: '198.51.100.8', action: 'sign_in.failed', subject: 'wrong credentials', detail: { count: 4, first_at: '2026-05-04T08:00:00Z', last_at: '2026-05-04T10:30:00Z' } },
          { ...entry, id: randomUUID(), actor: 'configuration', action: 'token.create', subject: randomUUID(), detail: { name: 'bootstrap', role: 'owner' } },
        ],
      },
    }),
  );
  await signIn(page, stand);
  await page.goto('/admin#/audit');
  await entries(page).filter({ hasText: 'Ben: moon.painted, green' }).waitFor();
  await entries(page).filter({ hasText: 'Somebody without a valid token tried to sign in and was refused, 12 times: the token is not known' }).waitFor();
  const wrong = entries(page).filter({ hasText: 'Somebody tried to sign in and was refused, 4 times: address, password or code were wrong' });
  await wrong.getByText('from 198.51.100.8 · Details', { exact: true }).waitFor();
  await wrong.getByText(/May 4, 2026, 10:00:00.AM.+12:30:00.PM/).waitFor();
  await entries(page).filter({ hasText: 'The configuration made the API token bootstrap, of the role owner' }).waitFor();
  await isAccessible(page, 'the audit log on a phone');
  noTroubles(page);
});
