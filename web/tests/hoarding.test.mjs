// Limits on hoarding: what a shopper is told who is held back, and what organisers see and do.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { requireChromium, Stand } from './stand.mjs';
import { buy, formStep, isAccessible, noTroubles, signIn, standing, until } from './steps.mjs';

let stand;
before(async () => {
  requireChromium();
  stand = await Stand.start();
});
afterEach(() => stand.everybodyLeaves());
after(() => stand?.stop());

const LIMITS = { unpaid_max: 1, address_unpaid_max: 1_000, rest_seconds: 600, address_percent: 100 };

test('who let a reservation run out is told that others come first, why, and until when', async () => {
  const sale = await stand.sale({ allocation: 1, hold_seconds: 2, hoarding: LIMITS });
  const page = await stand.person({ phone: true });
  await page.goto(sale.url);
  await buy(page);
  await standing(page, 'reserved');
  await standing(page, 'expired');
  await page.getByRole('button', { name: 'Start anew' }).click();
  await buy(page);
  await standing(page, 'standby');
  await page.getByRole('heading', { name: 'You are on standby, behind the others' }).waitFor();
  await page.getByText('Reservations of yours came to nothing without being paid').waitFor();
  await page.getByText('Whoever comes is served before you.').waitFor();
  assert.equal(await page.locator('#panel .figures').count(), 0, 'no number would stay true');
  await isAccessible(page, 'a place behind the others');
  // It is known after a reload, and can be left.
  await page.reload();
  await page.getByRole('heading', { name: 'You are on standby, behind the others' }).waitFor();
  noTroubles(page);
});

test('an organiser sets limits and codes with their uses, sees who holds what, and puts an address aside', async () => {
  const draft = await stand.sale({ opensInMs: 3_600_000, closesInMs: 7_200_000 });
  const page = await stand.person();
  await signIn(page, stand);
  await page.goto(`/admin#/events/${draft.id}/edit`);
  await formStep(page, 'Codes, buyers, limits', { more: true });
  const limits = page.getByRole('group', { name: 'Against hoarding' });
  await limits.getByLabel('Against hoarding').selectOption('on');
  await limits.getByLabel('Unpaid reservations of a shopper').fill('3');
  await page.getByLabel('Access codes').fill('friends\nvip, 20');
  await isAccessible(page, 'the form with limits');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('button', { name: 'Restock' }).waitFor();
  const saved = await stand.admin('GET', `/events/${draft.id}`);
  assert.deepEqual(saved.hoarding, { unpaid_max: 3, address_unpaid_max: 20, rest_seconds: 600, address_percent: 5 });
  assert.equal(saved.access_code_count, 2);

  const sale = await stand.sale({ hoarding: LIMITS });
  const shopper = await stand.shopper();
  await shopper.buy(sale);
  await page.goto(`/admin#/events/${sale.id}`);
  // What was set is found also while it runs.
  await page.getByText('Rules', { exact: true }).click();
  const rule = page.locator('.rules > div').filter({ hasText: 'Unpaid reservations of a shopper' });
  assert.equal(await rule.locator('dd').innerText(), String(LIMITS.unpaid_max));
  await page.getByText('Who holds the units').click();
  const byAddress = page.getByRole('region', { name: 'By address' });
  await byAddress.getByRole('rowheader', { name: '127.0.0.1' }).waitFor();
  await isAccessible(page, 'who holds the units');
  await byAddress.getByRole('button', { name: 'Put aside' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').fill('scripts');
  await dialog.getByRole('button', { name: 'Put aside' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('cell', { name: 'scripts' }).waitFor();
  const next = await stand.shopper();
  const { attempt_id: attempt } = await next.buy(sale);
  const { behind } = await until('the attempt stands behind', async () => {
    const said = await next.call('GET', `/sales/${sale.id}/attempts/${attempt}`);
    return said.state === 'standby' && said;
  });
  assert.equal(behind.why, 'put_aside');
  await page.getByRole('button', { name: 'Put aside no longer' }).click();
  await page.getByRole('cell', { name: 'scripts' }).waitFor({ state: 'detached' });
  noTroubles(page);
});
