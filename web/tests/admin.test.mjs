// An admin's job, against the real system.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { after, afterEach, before, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { requireChromium, Stand } from './stand.mjs';
import { buy, formStep, isAccessible, noTroubles, pay, signIn, standing } from './steps.mjs';

let stand;
before(async () => {
  requireChromium();
  stand = await Stand.start({ FLASHLINE_ENDPOINT_NETWORKS: '127.0.0.0/8' });
});
afterEach(() => stand.everybodyLeaves());
after(() => stand?.stop());

const button = (page, name) => page.getByRole('button', { name, exact: true });
const heading = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor();

test('a wrong token is refused in plain words, and nothing is shown', async () => {
  const page = await stand.person();
  await page.goto('/admin');
  await heading(page, 'Sign in');
  await isAccessible(page, 'sign in');
  await page.locator('.other-way').click();
  await page.getByLabel('API token').fill('flt_nobody');
  await button(page, 'Sign in').click();
  await page.getByText('This token is not known, or no longer valid.').waitFor();
  assert.equal(await page.getByRole('navigation').count(), 0);
});

test('create, schedule, watch, pause, restock, resume, refund, stop', async () => {
  const page = await stand.person();
  await signIn(page, stand);
  await isAccessible(page, 'the list of sales');

  await button(page, 'New sale').click();
  await heading(page, 'New sale');
  const name = `Chairs ${randomUUID().slice(0, 8)}`;
  const sku = `chair-${randomUUID().slice(0, 8)}`;
  await page.getByLabel('Name', { exact: true }).fill(name);
  const local = (ms) => new Date(Date.now() + ms).toLocaleString('sv', { timeZone: 'Europe/Berlin' }).slice(0, 16).replace(' ', 'T');
  await page.getByLabel('Product name').fill('Chair');
  await formStep(page, 'What is sold', { more: true });
  await page.getByLabel('SKU', { exact: true }).fill(sku);
  await page.getByLabel('List price').fill('80.00');
  await page.getByLabel('Allocation').fill('3');
  await page.getByLabel('Discount').selectOption('Tiers by units sold');
  await page.getByLabel('Units', { exact: true }).fill('1');
  await page.getByLabel('Percent', { exact: true }).fill('50');
  await button(page, 'Add a tier').click();
  await page.getByLabel('Units', { exact: true }).nth(1).fill('2');
  await page.getByLabel('Rule').nth(1).selectOption('Amount off');
  await page.getByLabel('Amount', { exact: true }).fill('10.00');
  await isAccessible(page, 'the form of a new sale');
  await formStep(page, 'When it starts');
  await page.getByLabel('Opens').fill(local(-60_000));
  await formStep(page, 'Codes, buyers, limits', { more: true });
  await button(page, 'Add a coupon').click();
  await page.getByLabel('Code', { exact: true }).fill('SIT');
  await page.getByLabel('Percent', { exact: true }).nth(1).fill('5');
  await isAccessible(page, 'the codes of a new sale');
  await formStep(page, 'When it starts');
  await page.getByLabel('Closes').fill(local(-3_600_000));
  await formStep(page, 'Check and schedule');
  await button(page, 'Schedule').click();
  await page.getByText('The sale must close after it opens.').waitFor();
  await page.getByLabel('Closes').fill(local(3_600_000));
  await button(page, 'Save as draft').click();
  await heading(page, name);
  await page.getByText('draft', { exact: true }).waitFor();
  await button(page, 'Schedule').click();
  // Its opening has passed: nobody opens a sale by mistake.
  const dialog = page.getByRole('dialog');
  await dialog.getByText('it opens at once').waitFor();
  await isAccessible(page, 'the dialog before a sale opens at once');
  await button(dialog, 'Schedule').click();
  await page.getByText('active', { exact: true }).waitFor();

  const { events } = await stand.admin('GET', '/events?limit=10');
  const { id } = events.find((event) => event.name === name);
  const made = await stand.admin('GET', `/events/${id}`);
  assert.deepEqual(made.items[0].discount, {
    tiers: [{ units: 1, cut: { percent_off: 5000 } }, { units: 2, cut: { amount_off: 1000 } }],
  });
  assert.deepEqual(made.coupons.map(({ code, cut }) => ({ code, cut })), [{ code: 'SIT', cut: { percent_off: 500 } }]);

  // A shopper buys, while the admin looks.
  const shopper = await stand.person({ phone: true });
  await shopper.goto(`/sales/${id}`);
  await buy(shopper);
  await standing(shopper, 'reserved');
  await pay(shopper);
  await standing(shopper, 'confirmed');
  const tile = (label) => page.locator('dl.tiles div', { has: page.getByText(label, { exact: true }) }).locator('dd');
  await tile('Orders, paid now').filter({ hasText: '1' }).waitFor();
  await tile('Orders, failed now').filter({ hasText: '0' }).waitFor();
  await tile('Sold, at its price').filter({ hasText: '€40.00' }).waitFor();
  await tile('Revenue').filter({ hasText: '€40.00' }).waitFor();
  await tile('Answer p95').filter({ hasText: 'ms' }).waitFor();
  assert.equal(await page.locator('canvas').count(), 6);
  await isAccessible(page, 'the live view');

  await button(page, 'Pause').click();
  await isAccessible(page, 'the dialog of a pause');
  await page.getByLabel('Reason').fill('the glue must dry');
  await button(page, 'Pause the sale').click();
  await page.getByText('paused', { exact: true }).waitFor();
  await shopper.getByText('the glue must dry').waitFor();
  await button(page, 'Resume').click();
  await page.getByText('active', { exact: true }).waitFor();

  await button(page, 'Restock').click();
  await page.getByLabel('Product').selectOption('Chair');
  await page.getByLabel('Units').fill('7');
  await button(page, 'Restock now').click();
  await page.getByRole('row', { name: new RegExp(sku) }).getByRole('cell', { name: '10', exact: true }).waitFor();

  await page.getByRole('navigation').getByRole('link', { name: 'Orders' }).click();
  await heading(page, 'Orders');
  await page.getByLabel('Sale').selectOption(name);
  await page.getByRole('row', { name: new RegExp(sku) }).waitFor();
  await isAccessible(page, 'the orders');
  const [saved] = await Promise.all([page.waitForEvent('download'), button(page, 'Export CSV').click()]);
  assert.equal(saved.suggestedFilename(), 'orders.csv');
  // The row may have been there before the list was of this sale alone.
  await page.getByRole('row', { name: new RegExp(sku) }).getByRole('button', { name: /^Refund FL-/ }).click();
  await page.getByLabel('Reason').fill('it wobbles');
  await page.getByText('The units stay sold').waitFor();
  await isAccessible(page, 'the dialog of a refund');
  await button(page, 'Refund the order').click();
  await page.getByRole('cell', { name: 'refunded · units stay sold' }).waitFor();
  await page.getByRole('button', { name: /^Put the units of FL-/ }).click();
  await page.getByLabel('Reason').fill('somebody else may want it');
  await button(page, 'Put the units back').click();
  await page.getByRole('cell', { name: 'refunded · units are back in the sale' }).waitFor();
  assert.equal(await page.getByRole('button', { name: /^(Refund|Put the units of) FL-/ }).count(), 0);

  await page.getByRole('link', { name: 'Sales' }).click();
  await page.getByRole('link', { name }).click();
  await button(page, 'Stop').click();
  await page.getByLabel('Reason').fill('all chairs wobble');
  assert.ok(await button(page, 'Stop the sale').isDisabled(), 'asks twice');
  await page.getByLabel(/Type the name/).fill(name);
  await button(page, 'Stop the sale').click();
  await page.getByText('stopped', { exact: true }).waitFor();
  await shopper.getByText('all chairs wobble').first().waitFor();

  await page.getByRole('link', { name: 'Audit log' }).click();
  await heading(page, 'Audit log');
  for (const deed of [`stopped ${name} for good: all chairs wobble`, `resumed ${name}`, `paused ${name}: the glue must dry`, `scheduled ${name}`]) {
    await page.getByRole('listitem').filter({ hasText: `bootstrap ${deed}` }).first().waitFor();
  }
  await isAccessible(page, 'the audit log');
  noTroubles(page);
});

/** An order that is paid, of two lamps at €22.50. */
async function paidOrder() {
  const sale = await stand.sale();
  const shopper = await stand.person();
  await shopper.goto(sale.url);
  await buy(shopper, { quantity: 2 });
  await standing(shopper, 'reserved');
  await pay(shopper);
  await shopper.locator('[data-order]').waitFor();
  return (await stand.admin('GET', `/orders?event=${sale.id}`)).orders[0];
}

test('what others have refunded meanwhile is said in money, and all units return also for a part', async () => {
  const order = await paidOrder();
  const page = await stand.person();
  await signIn(page, stand);
  await page.getByRole('navigation').getByRole('link', { name: 'Orders' }).click();
  await page.getByLabel('Search').fill(order.number);
  await page.getByRole('button', { name: `Refund ${order.number}` }).click();
  await page.getByText('€45.00 of this order are left to refund.').waitFor();
  await page.getByLabel('How much goes back').fill('20.00');
  await page.getByRole('dialog').getByRole('checkbox').check();
  await page.getByText('all units of the order (2) return to the sale').waitFor();
  await page.getByLabel('Reason').fill('a scratch');
  await stand.admin('POST', `/orders/${order.order_id}/refund`, { reason: 'a dent', amount_minor: 3000 });
  await button(page, 'Refund the order').click();
  await page.getByText('Not refunded: less than that is left').waitFor();
  await page.getByText('€15.00 of this order are left to refund.').waitFor();
  assert.equal(await page.getByText('minor units').count(), 0);
  await isAccessible(page, 'a refund of too much');
  await page.getByLabel('How much goes back').fill('15.00');
  await button(page, 'Refund the order').click();
  await page.getByRole('cell', { name: 'refunded · units are back in the sale' }).waitFor();
  noTroubles(page);
});

test('a refund that waits for its next try says why, and can be tried at once', async () => {
  const order = await paidOrder();
  const page = await stand.person();
  const waits = { refund_state: 'requested', refund_id: randomUUID(), refund_failure: 'the gateway does not answer' };
  await page.route(/admin\/orders\?/, async (route) => {
    const answer = await route.fetch();
    const { orders } = await answer.json();
    return route.fulfill({ response: answer, json: { orders: orders.map((row) => (row.order_id === order.order_id ? { ...row, ...waits } : row)) } });
  });
  await page.route(/\/retry$/, (route) => route.fulfill({ status: 202, json: {} }));
  await signIn(page, stand);
  await page.getByRole('navigation').getByRole('link', { name: 'Orders' }).click();
  await page.getByLabel('Search').fill(order.number);
  await page.getByRole('cell', { name: 'paid, refund under way, tried again by itself · the gateway does not answer' }).waitFor();
  await page.getByRole('button', { name: `Try the refund of ${order.number} now` }).click();
  await isAccessible(page, 'the dialog of another try');
  const [asked] = await Promise.all([page.waitForRequest(/\/retry$/), page.getByRole('dialog').getByRole('button', { name: 'Try now' }).click()]);
  assert.ok(asked.url().endsWith(`/orders/${order.order_id}/refunds/${waits.refund_id}/retry`));
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  noTroubles(page);
});

test('where the gateway gave back another amount than it was asked for, nothing is offered that cannot be', async () => {
  const sale = await stand.sale();
  const shopper = await stand.shopper();
  const until = async (look, is) => {
    for (;;) {
      const seen = await look();
      if (is(seen)) return seen;
      await new Promise((go) => setTimeout(go, 100));
    }
  };
  const { attempt_id: id } = await shopper.buy(sale, 2);
  const attempt = () => shopper.call('GET', `/sales/${sale.id}/attempts/${id}`);
  await until(attempt, ({ state }) => state === 'reserved');
  await shopper.call('POST', `/sales/${sale.id}/reservations/${id}/payments`, { card_token: 'tok_wrong_refund' });
  const { order } = await until(attempt, (seen) => seen.order?.state === 'paid');
  await stand.admin('POST', `/orders/${order.order_id}/refund`, { reason: 'a dent', put_back: true });
  const page = await stand.person();
  await signIn(page, stand);
  await page.getByRole('navigation').getByRole('link', { name: 'Orders' }).click();
  await page.getByLabel('Search').fill(order.number);
  const row = page.getByRole('row', { name: order.number });
  await row.getByText('paid · the gateway gave back another amount than it was asked for').waitFor();
  assert.equal(await row.getByRole('button').count(), 1, 'neither a refund nor its units');
  await row.getByRole('button', { name: `What to do about the refund of ${order.number}` }).click();
  await page.getByText('settle the difference there by hand').waitFor();
  await page.getByText('The units stay sold, and cannot be put back.').waitFor();
  assert.equal(await page.getByText('that money did not go back').count(), 0);
  await isAccessible(page, 'an order of which another amount went back');
  noTroubles(page);
});

/** A sale that opens later, of one product: what a form can still change. */
async function planned(times = {}) {
  const at = (ms) => new Date(Date.now() + ms).toISOString();
  const sku = `vase-${randomUUID().slice(0, 8)}`;
  await stand.admin('POST', '/products', { sku, name: 'Vase', list_minor: 2500, currency: 'EUR' });
  const event = await stand.admin('POST', '/events', {
    name: `Vases ${randomUUID().slice(0, 8)}`, description: ' blown by mouth ', currency: 'EUR', opens_at: at(86_400_000), closes_at: at(90_000_000),
    scheduled: true, hold_seconds: 120, per_shopper_max: 2, quantity_max: 2, standby_max: 20,
    items: [{ sku, allocation: 10, discount: { flat: { percent_off: 1250 } } }], ...times,
  });
  return { ...event, sku };
}

const edited = async (page, event) => {
  await page.goto(`/admin#/events/${event.id}/edit`);
  await heading(page, 'Edit the sale');
};
const seen = (page, id) => page.waitForURL((url) => url.hash === `#/events/${id}`);

test('only what was touched is written, also in the hour that autumn has twice', async () => {
  const page = await stand.person(); // in Berlin
  await signIn(page, stand);
  for (const opens_at of ['2027-10-31T00:30:12.345Z', '2027-10-31T01:30:12.345Z']) {
    const event = await planned({ opens_at, closes_at: '2027-10-31T02:30:00.007Z' });
    await edited(page, event);
    assert.equal(await button(page, 'Save as draft').count(), 0, 'a scheduled sale is no draft again');
    await isAccessible(page, 'the form of a scheduled sale');
    await page.getByLabel('Name', { exact: true }).fill('Renamed');
    await button(page, 'Save').click();
    await seen(page, event.id);
    const { name, version, ...after } = await stand.admin('GET', `/events/${event.id}`);
    assert.equal(name, 'Renamed');
    assert.equal(version, event.version + 1);
    const { name: _, version: __, sku: ___, ...before } = event;
    assert.deepEqual(after, before);
  }
  // Which of the two is meant is shown, and can be chosen.
  const event = await planned({ opens_at: '2027-10-31T00:30:00Z', closes_at: '2027-10-31T04:00:00Z' });
  await edited(page, event);
  await formStep(page, 'When it starts');
  await page.getByText(/02:30 AM GMT\+2/).first().waitFor();
  await page.getByLabel('Opens: clocks show this time twice').selectOption({ index: 1 });
  await page.getByLabel('Closes', { exact: true }).fill('2027-10-31T06:00');
  await button(page, 'Save').click();
  await seen(page, event.id);
  const { opens_at, closes_at } = await stand.admin('GET', `/events/${event.id}`);
  assert.deepEqual([opens_at, closes_at], ['2027-10-31T01:30:00.000Z', '2027-10-31T05:00:00.000Z']);
  noTroubles(page);
});

test('an old copy undoes no restock: who changed what is said, and what was typed is kept', async () => {
  const page = await stand.person();
  await signIn(page, stand);
  const event = await planned();
  await edited(page, event);
  await page.getByLabel('Name', { exact: true }).fill('Vases, renamed');
  await formStep(page, 'Rules and payment');
  await page.getByLabel('Units for each shopper').fill('5');
  await stand.admin('POST', `/events/${event.id}/restock`, { sku: event.sku, units: 50 });
  await button(page, 'Save').click();
  await page.getByText('Nothing was saved').waitFor();
  await page.getByText(`bootstrap added 50 units of Vase to ${event.name}`).waitFor();
  await isAccessible(page, 'the form after somebody else was quicker');
  await formStep(page, 'What is sold');
  assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Vases, renamed');
  assert.equal(await page.getByLabel('Allocation').inputValue(), '60', 'what nobody typed follows');
  assert.equal((await stand.admin('GET', `/events/${event.id}`)).name, event.name, 'nothing was saved');

  // Both have changed the same.
  await page.getByLabel('Allocation').fill('61');
  await stand.admin('POST', `/events/${event.id}/restock`, { sku: event.sku, units: 5 });
  await button(page, 'Save').click();
  await page.getByText(`You have both changed: ${event.sku}: Allocation.`).waitFor();
  await page.getByLabel('Allocation').fill('66');
  await button(page, 'Save').click();
  await seen(page, event.id);
  const after = await stand.admin('GET', `/events/${event.id}`);
  assert.deepEqual([after.name, after.per_shopper_max, after.items[0].allocation], ['Vases, renamed', 5, 66]);
  noTroubles(page);
});

test('a price that could mean two things is refused at its field, and what is understood stands beside it', async () => {
  const page = await stand.person();
  await signIn(page, stand);
  await button(page, 'New sale').click();
  await heading(page, 'New sale');
  const name = `Bowls ${randomUUID().slice(0, 8)}`;
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Product name').fill('Bowl');
  await page.getByLabel('Allocation').fill('3');
  const price = page.getByLabel('List price');
  for (const wrong of ['1,234', '12.345', '1e3', '1,234.00', '-1']) {
    await price.fill(wrong);
    await page.getByText('no separators for thousands').waitFor();
    await button(page, 'Save as draft').click();
    await heading(page, 'New sale');
  }
  await price.fill('');
  await button(page, 'Save as draft').click();
  assert.ok(await price.evaluate((input) => !input.validity.valid), 'blank is not free');
  await isAccessible(page, 'a form with a wrong price');
  await price.fill('1234');
  await page.getByText('= €1,234.00').waitFor();
  // The digits are those of ISO 4217, not those of the browser.
  await page.getByLabel('Currency').fill('HUF');
  await page.getByText('= HUF 1,234.00').waitFor();
  await page.getByLabel('Currency').fill('JPY');
  await page.getByText('= ¥1,234').waitFor();
  await page.getByLabel('Currency').fill('HUF');
  await page.getByLabel('Discount').selectOption('The same for all units');
  await page.getByLabel('Percent', { exact: true }).fill('1,000');
  await page.getByText('From 0 to 100').waitFor();
  await page.getByLabel('Percent', { exact: true }).fill('12,5');
  await page.getByText('= 12.5%').waitFor();
  await button(page, 'Save as draft').click();
  await heading(page, name);
  const { events } = await stand.admin('GET', '/events?limit=10');
  const made = await stand.admin('GET', `/events/${events.find((event) => event.name === name).id}`);
  assert.deepEqual([made.currency, made.items[0].list_minor, made.items[0].discount], ['HUF', 123_400, { flat: { percent_off: 1250 } }]);
  assert.deepEqual(await stand.admin('GET', '/events?limit=10').then(({ events }) => events.filter((event) => event.name === name).length), 1);
  noTroubles(page);
});

test('a form that was left is as it was, until it is saved or dropped', async () => {
  const page = await stand.person();
  await signIn(page, stand);
  await button(page, 'New sale').click();
  await page.getByLabel('Name', { exact: true }).fill('Half a sale');
  await page.getByRole('navigation').getByRole('link', { name: 'Orders' }).click();
  await heading(page, 'Orders');
  await page.goBack();
  await heading(page, 'New sale');
  assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Half a sale');
  await page.reload();
  await page.getByText('what you typed before you left').waitFor();
  await isAccessible(page, 'a form that was left');
  assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Half a sale');
  await button(page, 'Start over').click();
  await page.waitForFunction(() => document.querySelector('form input').value === '');
  await page.getByLabel('Name', { exact: true }).fill('Another half');
  await button(page, 'Sign out').click();
  await signIn(page, stand);
  await button(page, 'New sale').click();
  assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), '', 'not for whoever signs in next');
  noTroubles(page);
});

test('nobody is offered what their token may not do', async () => {
  const owner = await stand.person();
  await signIn(owner, stand);
  await owner.getByRole('link', { name: 'Access' }).click();
  await heading(owner, 'Access');
  await button(owner, 'New token').click();
  const name = `clerk ${randomUUID().slice(0, 8)}`;
  await owner.getByLabel('Name', { exact: true }).fill(name);
  await owner.getByLabel('Valid for').selectOption('7 days');
  await isAccessible(owner, 'the dialog of a new token');
  await button(owner, 'Make the token').click();
  const secret = await owner.locator('code.secret').textContent();
  await button(owner, 'Done').click();
  await owner.getByRole('row', { name: new RegExp(`${name} viewer until`) }).waitFor();
  await isAccessible(owner, 'the tokens');

  const sale = await stand.sale({ name: 'Look, do not touch' });
  const upcoming = await planned();
  const viewer = await stand.person();
  await signIn(viewer, { adminToken: secret });
  await viewer.getByText(`${name} (viewer)`).waitFor();
  await viewer.getByText('Your token expires on').waitFor();
  // Those that are pressed choose what of it is shown.
  const offered = async () => (await viewer.locator('main button:not([aria-pressed]):visible').allTextContents()).filter((text) => !/Older|Newest/.test(text));
  assert.deepEqual(await offered(), [], 'no new sale');
  assert.equal(await viewer.getByRole('link', { name: 'Access' }).count(), 0);
  for (const { id } of [sale, upcoming]) {
    await viewer.goto(`/admin#/events/${id}`);
    await viewer.locator('dl.tiles').first().waitFor();
    assert.deepEqual(await offered(), []);
    assert.equal(await viewer.getByRole('link', { name: 'Edit' }).count(), 0);
  }
  await isAccessible(viewer, 'the live view of a viewer');
  await viewer.goto('/admin#/new');
  await heading(viewer, 'There is no such page here, or it is not for your role.');
  await isAccessible(viewer, 'an address that is none');

  // Refused calls and failed sign-ins are in the log, with where they came from.
  const refused = await fetch(`${stand.base}/api/v1/admin/events/${sale.id}/stop`, { method: 'POST', headers: { Authorization: `Bearer ${secret}` } });
  assert.equal(refused.status, 403);
  await owner.getByRole('button', { name: `Revoke ${name}` }).click();
  await button(owner, 'Revoke the token').click();
  await owner.getByRole('row', { name: new RegExp(`${name} viewer revoked`) }).waitFor();
  await viewer.getByText('Your session has ended. Sign in again.').waitFor({ timeout: 40_000 });
  await owner.waitForTimeout(1_500);
  await owner.getByRole('link', { name: 'Audit log' }).click();
  const logged = owner.locator('.feed > li').filter({ hasText: '127.0.0.1' });
  await logged.filter({ hasText: `${name} was refused a call` }).first().waitFor();
  await logged.filter({ hasText: 'tried to sign in and was refused' }).first().waitFor();
  noTroubles(owner);
  noTroubles(viewer);
});

test('one long name does not push the dates of all sales away', async () => {
  const name = `${'W'.repeat(190)}${randomUUID().slice(0, 8)}`;
  await stand.sale({ name });
  for (const phone of [false, true]) {
    const page = await stand.person({ phone });
    await signIn(page, stand);
    const box = await page.getByRole('row').nth(1).getByRole('cell').nth(2).boundingBox();
    const table = await page.locator('.scroll').evaluate((region) => region.scrollWidth - region.clientWidth);
    if (phone) assert.ok(table <= 0, `the list is cut by ${table} px`);
    else assert.ok(box.x + box.width <= 1280, `the dates end at ${box.x + box.width} px`);
    await isAccessible(page, 'the list with a long name');
    await page.getByRole('link', { name }).click();
    await heading(page, name);
    await isAccessible(page, 'the live view with a long name');
  }
});

test('health, on a phone, in the dark, by keyboard', async () => {
  const early = await stand.sale({ name: 'Not heard of yet' }); // its dispenser has hardly begun
  const page = await stand.person({ phone: true, dark: true });
  await signIn(page, stand);
  await isAccessible(page, 'the list of sales on a phone');
  await page.getByRole('link', { name: 'Health' }).focus();
  await page.keyboard.press('Enter');
  await heading(page, 'Health');
  await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
  for (const server of ['RabbitMQ', 'Redis', 'PostgreSQL']) await page.getByRole('row', { name: new RegExp(`${server} up`) }).waitFor();
  for (const service of ['ingress', 'dispenser', 'order-worker', 'notifier']) {
    await page.getByRole('row', { name: new RegExp(`^${service} up [1-9]`) }).waitFor();
  }
  await page.getByRole('row', { name: /^notifier .* ready$/ }).waitFor();
  await stand.order('kill notifier');
  await page.getByRole('row', { name: 'notifier down 0' }).waitFor();
  await page.getByRole('row', { name: /^notifier .* silent: it may have died$/ }).waitFor();
  await stand.order('start notifier');
  await page.getByRole('row', { name: 'notifier up 1' }).waitFor();
  await page.getByRole('link', { name: early.name }).first().waitFor();
  await isAccessible(page, 'health on a phone');
  await page.getByRole('link', { name: 'Sales' }).click();
  await button(page, 'New sale').click();
  await heading(page, 'New sale');
  await isAccessible(page, 'the form on a phone');
  noTroubles(page);
});

/** A receiver of webhooks that answers with `status`, and keeps what it got. */
async function receiver() {
  const shop = { status: 503, got: [] };
  shop.server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    shop.got.push({ headers: request.headers, body });
    response.writeHead(shop.status).end(shop.status === 204 ? undefined : 'the shop is closed');
  });
  await new Promise((listening) => shop.server.listen(0, '127.0.0.1', listening));
  shop.url = `http://127.0.0.1:${shop.server.address().port}/hooks`;
  return shop;
}

test('an endpoint of webhooks: made, tried, looked into, sent again, paused, given a new secret, removed', async () => {
  for (const { id } of (await stand.admin('GET', '/webhooks/endpoints')).endpoints) {
    await fetch(`${stand.base}/api/v1/admin/webhooks/endpoints/${id}`, { method: 'DELETE', headers: { Authorization: `Bearer ${stand.adminToken}` } });
  }
  const shop = await receiver();
  try {
    const page = await stand.person();
    await signIn(page, stand);
    await page.getByRole('link', { name: 'Webhooks' }).click();
    await heading(page, 'Webhooks');
    await page.getByText('There are no endpoints').waitFor();
    await button(page, 'New endpoint').click();
    await page.getByLabel('Address').fill('https://10.0.0.1/');
    await page.getByRole('checkbox', { name: /sale.opened/ }).uncheck();
    await isAccessible(page, 'the dialog of a new endpoint');
    await button(page, 'Make the endpoint').click();
    await page.getByText('10.0.0.1 is not public').waitFor();
    await page.getByLabel('Address').fill(shop.url);
    await button(page, 'Make the endpoint').click();
    const secret = await page.locator('code.secret').textContent();
    await button(page, 'Done').click();
    const row = page.getByRole('row', { name: new RegExp(shop.url) });
    await row.getByText('open', { exact: true }).waitFor();
    await isAccessible(page, 'the endpoints');
    const { height } = await row.boundingBox();
    assert.ok(height < 200, `the row of an endpoint is ${height} px high`);
    await button(page, 'Send a test').click();
    await page.getByText('A test is on its way').waitFor();
    await row.getByText('accepts nothing since').waitFor();

    await row.getByRole('link').click();
    await heading(page, 'Deliveries');
    // What it is narrowed to stands in the address.
    assert.match(page.url(), /#\/webhooks\/deliveries\?endpoint=/);
    await page.getByLabel('State').selectOption('given up');
    await page.getByText('No deliveries match.').waitFor();
    await page.goBack();
    await page.getByRole('row', { name: /test waiting · answered with 503/ }).getByRole('button').click();
    await page.getByText('the shop is closed').first().waitFor();
    await page.getByText('"type": "endpoint.test"').waitFor();
    await isAccessible(page, 'a delivery');
    shop.status = 204;
    await button(page, 'Try now').click();
    await page.locator('dialog').getByText('accepted', { exact: true }).waitFor();
    await button(page, 'Done').click();
    // Others' sales are told, too.
    const { headers, body } = shop.got.findLast(({ body }) => body.includes('endpoint.test'));
    assert.equal(new Webhook(secret).verify(body, headers).type, 'endpoint.test');
    await isAccessible(page, 'the deliveries');
    await button(page, 'Send several again').click();
    await page.getByLabel('Which').selectOption('All that happened within some time');
    await page.getByLabel('Until').fill('2099-01-01T00:00');
    await isAccessible(page, 'the dialog of sending again');
    await button(page, 'Send them again').click();
    await page.getByText(/[0-9] are on their way again/).waitFor();
    await button(page, 'Done').click();

    await page.getByRole('link', { name: 'Webhooks' }).first().click();
    await button(page, 'Pause').click();
    await row.getByText('paused (by hand)').waitFor();
    await button(page, 'Resume').click();
    await row.getByText('open', { exact: true }).waitFor();
    // What is paused by itself is said in every view.
    shop.status = 410;
    await button(page, 'Send a test').click();
    await row.getByText('paused (it said that it is gone)').waitFor();
    await page.reload();
    await page.getByText('The shop is not told what happens').waitFor();
    await isAccessible(page, 'a paused endpoint');
    await button(page, 'New secret').click();
    await isAccessible(page, 'the dialog of a new secret');
    await button(page, 'Make the secret').click();
    await page.locator('code.secret').waitFor();
    await button(page, 'Done').click();
    await button(page, 'Remove').click();
    await button(page, 'Remove the endpoint').click();
    await page.getByText('There are no endpoints').waitFor();
    noTroubles(page);
  } finally {
    shop.server.close();
  }
});

test('the console speaks the language of its browser', async () => {
  const sale = await stand.sale({ name: 'Lamps' });
  const languages = {
    'de-DE': { signIn: 'Anmelden', token: 'API-Schlüssel', webhooks: 'Webhooks', sales: 'Verkäufe', create: 'Neuer Verkauf', active: 'läuft', pause: 'Anhalten', revenue: '0,00', dir: 'ltr' },
    'zh-CN': { signIn: '登录', token: 'API 令牌', webhooks: 'Webhook', sales: '活动', create: '新建活动', active: '进行中', pause: '暂停', revenue: '0.00', dir: 'ltr' },
    'ar-EG': { signIn: 'تسجيل الدخول', token: 'رمز API', webhooks: 'الإشعارات البرمجية', sales: 'العروض', create: 'عرض جديد', active: 'جارٍ', pause: 'إيقاف مؤقت', revenue: '٠٫٠٠', dir: 'rtl' },
  };
  for (const [locale, text] of Object.entries(languages)) {
    const page = await stand.person({ locale });
    await page.goto('/admin');
    // Its words are loaded first.
    await page.locator(`html[lang="${locale}"][dir="${text.dir}"]`).waitFor();
    await page.locator('.other-way').click();
    await page.getByLabel(text.token).fill(stand.adminToken);
    await button(page, text.signIn).click();
    await heading(page, text.sales);
    await isAccessible(page, `the list of sales in ${locale}`);
    await page.getByRole('row', { name: /Lamps/ }).first().getByText(text.active).waitFor();
    await button(page, text.create).click();
    await heading(page, text.create);
    await isAccessible(page, `the form in ${locale}`);
    await page.goto(`/admin#/events/${sale.id}`);
    await button(page, text.pause).waitFor();
    await page.locator('dl.tiles').getByText(text.revenue).first().waitFor();
    await isAccessible(page, `the live view in ${locale}`);
    const english = await page.locator('main').getByText(/^(Answered so far|Orders, paid now|Revenue|Held|Sold|Stock|Left|In line)$/).allTextContents();
    assert.deepEqual(english, []);
    await page.goto('/admin#/webhooks');
    await heading(page, text.webhooks);
    await isAccessible(page, `the webhooks in ${locale}`);
    noTroubles(page);
  }
});
