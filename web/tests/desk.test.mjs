// What organisers do at their desk before a sale opens, and what they meet in dialogs, lists and tiles.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, test } from 'node:test';
import { requireChromium, Stand } from './stand.mjs';
import { formStep, isAccessible, noTroubles, signIn, until } from './steps.mjs';

let stand;
before(async () => {
  requireChromium();
  stand = await Stand.start();
});
afterEach(() => stand.everybodyLeaves());
after(() => stand?.stop());

const button = (page, name) => page.getByRole('button', { name, exact: true });
const heading = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor();
const named = (name) => `${name} ${randomUUID().slice(0, 8)}`;
const later = { opensInMs: 3_600_000, closesInMs: 7_200_000 };

async function desk(more) {
  const page = await stand.person(more);
  await signIn(page, stand);
  return page;
}

test('a draft is begun with its name alone; what scheduling needs is asked for then, and it can be deleted', async () => {
  const page = await desk();
  await button(page, 'New sale').click();
  const name = named('Someday');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await button(page, 'Save as draft').click();
  await heading(page, name);
  await button(page, 'Schedule').click();
  await page.getByText('a sale is scheduled with one at least').waitFor();
  await isAccessible(page, 'a draft that is not complete');
  await page.getByRole('link', { name: 'Complete the draft' }).click();
  await heading(page, 'Edit the sale');
  await page.getByText('A draft can be saved without any.').waitFor();
  await formStep(page, 'Check and schedule');
  await button(page, 'Schedule').click();
  await page.getByRole('heading', { level: 2, name: 'What is sold' }).waitFor();
  await page.getByRole('alert').filter({ hasText: 'Add an item' }).waitFor();
  // An item that was begun needs what its product needs, also in a draft; how many there are can wait.
  await button(page, 'Add an item').click();
  await page.getByLabel('Product name').fill('Bowl');
  await button(page, 'Save as draft').click();
  assert.ok(await page.getByLabel('List price').evaluate((input) => input === document.activeElement));
  await page.getByLabel('List price').fill('20');
  await button(page, 'Save as draft').click();
  await heading(page, name);
  await page.getByRole('row', { name: /^Bowl/ }).waitFor();

  await button(page, 'Delete the draft').click();
  const dialog = page.getByRole('dialog', { name: 'Delete this draft?' });
  await isAccessible(page, 'the dialog before a draft is deleted');
  await button(dialog, 'Never mind').click();
  await button(page, 'Delete the draft').click();
  await button(dialog, 'Delete the draft').click();
  await heading(page, 'Sales');
  await until('it is gone', async () => (await page.getByRole('link', { name }).count()) === 0);
  await page.getByRole('link', { name: 'Audit log' }).click();
  await page.getByText(`deleted the draft ${name}`).waitFor();
  noTroubles(page);
});

test('a sale is taken back before it opens, and shoppers who look at it are told', async () => {
  const sale = await stand.sale({ name: named('Lamps'), ...later });
  const shopper = await stand.person({ phone: true });
  await shopper.goto(sale.url);
  await shopper.getByRole('heading', { level: 1, name: sale.name }).waitFor();
  const page = await desk();
  await page.goto(`/admin#/events/${sale.id}`);
  await button(page, 'Back to draft').click();
  await isAccessible(page, 'the dialog before a sale is taken back');
  await button(page.getByRole('dialog'), 'Back to draft').click();
  await page.getByText('draft', { exact: true }).waitFor();
  await shopper.getByText('It may have been taken back').waitFor({ timeout: 45_000 });
  noTroubles(page);
});

test('who else has a sale open is said, and what both have changed is shown beside each other', async () => {
  const sale = await stand.sale({ name: named('Vases'), ...later });
  const { token } = await stand.admin('POST', '/tokens', { name: named('Maria'), role: 'manager' });
  const page = await desk();
  await page.goto(`/admin#/events/${sale.id}/edit`);
  await heading(page, 'Edit the sale');
  const maria = await stand.person();
  await signIn(maria, { adminToken: token });
  await maria.goto(`/admin#/events/${sale.id}/edit`);
  await maria.getByText(/^bootstrap has had this sale open since/).waitFor();
  await page.getByText(/^Maria \w+ has had this sale open since/).waitFor({ timeout: 20_000 });
  await isAccessible(page, 'a form that somebody else has open');
  await maria.getByLabel('Description').fill('Of glass.');
  await button(maria, 'Save').click();
  await heading(maria, sale.name);
  await page.getByText(/^Maria \w+ saved a newer version at/).waitFor({ timeout: 20_000 });
  await page.getByLabel('Description').fill('Of clay.');
  await button(page, 'Save').click();
  await page.getByRole('region', { name: 'Changed by you both' }).getByRole('row', { name: 'Description Of clay. Of glass.' }).waitFor();
  assert.equal(await page.getByLabel('Description').inputValue(), 'Of clay.', 'what was typed is kept');
  await isAccessible(page, 'a conflict');
  await until('who left is not there', async () => (await page.getByText(/has had this sale open/).count()) === 0, 300);
  await button(page, 'Save').click();
  await heading(page, sale.name);
  assert.equal((await stand.admin('GET', `/events/${sale.id}`)).description, 'Of clay.');
  noTroubles(page);
});

test('a sale has a time zone of its own, in which the console shows it', async () => {
  const page = await desk(); // in Berlin
  await button(page, 'New sale').click();
  const name = named('Tea');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await formStep(page, 'When it starts');
  await page.getByText('Europe/Berlin is the zone of this browser.').waitFor();
  await page.getByLabel('Opens').fill('2027-07-01T14:00');
  await page.getByLabel('Closes').fill('2027-07-01T16:00');
  await page.getByLabel('Time zone').fill('Asia/Tok');
  await page.getByText('No time zone has this name.').waitFor();
  await page.getByLabel('Time zone').fill('Asia/Tokyo');
  assert.equal(await page.getByLabel('Opens').inputValue(), '2027-07-01T14:00', 'what the clocks show stays');
  await page.getByText('Asia/Tokyo, UTC+9 · 2027-07-01 05:00 UTC').waitFor();
  await isAccessible(page, 'the step with the time zone');
  await button(page, 'Save as draft').click();
  await heading(page, name);
  await page.getByText('Asia/Tokyo, UTC+9 · 2027-07-01 05:00 UTC').waitFor();
  await page.getByRole('link', { name: 'Sales', exact: true }).click();
  await page.getByRole('row', { name: new RegExp(name) }).getByText('Jul 1, 2027, 2:00 PM').waitFor();
  const { events } = await stand.admin('GET', '/events?limit=10');
  const made = events.find((event) => event.name === name);
  assert.deepEqual([made.time_zone, made.opens_at], ['Asia/Tokyo', '2027-07-01T05:00:00.000Z']);
  noTroubles(page);
});

test('orders are found by what was bought; a refund says in money what is too little, until it is put right', async () => {
  const mark = randomUUID().slice(0, 8);
  const sale = await stand.sale({ name: `Soldes ${mark}`, product: { name: `Café ${mark}` } });
  const shopper = await stand.shopper();
  const { attempt_id: id } = await shopper.buy(sale);
  const attempt = () => shopper.call('GET', `/sales/${sale.id}/attempts/${id}`);
  await until('it is reserved', async () => (await attempt()).state === 'reserved');
  await shopper.call('POST', `/sales/${sale.id}/reservations/${id}/payments`, { card_token: 'tok_ok' });
  await until('it is paid', async () => (await attempt()).order?.state === 'paid', 300);
  const page = await desk();
  await page.getByRole('link', { name: 'Orders' }).click();
  for (const text of [`cafe ${mark}`, `sold ${mark}`]) {
    await page.getByLabel('Search').fill(text);
    await page.getByRole('row', { name: new RegExp(`Café ${mark}`) }).waitFor();
    await until('it alone', async () => (await page.getByRole('row').count()) === 2);
  }
  await page.getByRole('button', { name: /^Refund FL-/ }).click();
  const dialog = page.getByRole('dialog');
  const sum = dialog.getByLabel('How much goes back');
  await sum.fill('0');
  await dialog.getByText('At least €0.01.').waitFor();
  await sum.fill('1');
  await dialog.getByText('At least €0.01.').waitFor({ state: 'detached' });
  // Escape asks, since something was typed.
  await page.keyboard.press('Escape');
  await dialog.getByText('Discard what you typed?').waitFor();
  await isAccessible(page, 'a dialog that asks before it discards');
  await button(dialog, 'Keep typing').click();
  await dialog.getByLabel('Reason').fill('a crack');
  await button(dialog, 'Refund the order').click();
  await dialog.waitFor({ state: 'detached' });
  await page.goto(`/admin#/events/${sale.id}`);
  const tile = (label) => page.locator('dl.tiles div', { has: page.getByText(label, { exact: true }) }).locator('dd');
  await tile('Orders refunded, also in part').filter({ hasText: '1' }).waitFor();
  const labels = await page.locator('dl.tiles dt').allTextContents();
  assert.deepEqual(labels.slice(0, 4), ['Units sold', 'Sold, at its price', 'Revenue', 'Orders, paid now']);
  assert.ok(labels.indexOf('Answer p50') > labels.indexOf('Waiting for units'));
  await button(page, 'Pause').click();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' }); // nothing was typed
  noTroubles(page);
});

test('on a phone the head is low, and the list of sales is not cut', async () => {
  await stand.sale({ name: named('Lamps for a phone') });
  const page = await desk({ phone: true });
  await page.getByRole('table').waitFor();
  const { height } = await page.locator('header.top').boundingBox();
  assert.ok(height <= 120, `the head takes ${height} px`);
  const cut = await page.locator('.scroll').evaluate((region) => region.scrollWidth - region.clientWidth);
  assert.ok(cut <= 0, `the list is cut by ${cut} px`);
  await isAccessible(page, 'the list of sales on a phone');
});
