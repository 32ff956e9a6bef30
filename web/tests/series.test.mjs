// Series of sales: what shoppers read before they click, and are told when they have as much as one may; and what organisers do.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, test } from 'node:test';
import { requireChromium, Stand } from './stand.mjs';
import { buy, formStep, isAccessible, noTroubles, signIn, standing } from './steps.mjs';

let stand;
before(async () => {
  requireChromium();
  stand = await Stand.start();
});
afterEach(() => stand.everybodyLeaves());
after(() => stand?.stop());

/** Nothing is claimed in a series any more: what its shoppers let go is recorded. */
async function recorded({ id }) {
  for (let tries = 0; tries < 100; tries += 1) {
    const { events } = await stand.admin('GET', `/series/${id}`);
    if (events.every((event) => event.claimed_units === 0)) return;
    await new Promise((go) => setTimeout(go, 100));
  }
  throw new Error('still claimed');
}

test('the limit of the series is read before the click, and who has as much is told so in the next sale', async () => {
  const series = await stand.admin('POST', '/series', { name: 'Autumn drops', per_shopper_max: 1 });
  const [monday, tuesday] = [await stand.sale({ series_id: series.id }), await stand.sale({ series_id: series.id })];
  const page = await stand.person({ phone: true });
  await page.goto(monday.url);
  await page.getByText('At most 1 in all sales of “Autumn drops”').waitFor();
  await isAccessible(page, 'a sale of a series');
  await buy(page);
  await standing(page, 'reserved');
  await page.goto(tuesday.url);
  await buy(page);
  await standing(page, 'refused');
  await page.getByText('you had 1 of at most 1 in this series of sales').waitFor();
  await isAccessible(page, 'refused for the series');
  // What is given back is free again.
  await page.goto(monday.url);
  await standing(page, 'reserved');
  await page.getByRole('button', { name: 'Give it back' }).click();
  await page.getByText('Give your reservation back?').waitFor();
  await page.getByRole('button', { name: 'Give it back' }).click();
  await standing(page, 'cancelled');
  await recorded(series);
  await page.goto(tuesday.url);
  await page.getByRole('button', { name: 'Start anew' }).click();
  await buy(page);
  await standing(page, 'reserved');
  noTroubles(page);
});

test('an organiser makes a series, puts a draft into it, and may only give more once that is scheduled', async () => {
  const page = await stand.person();
  await signIn(page, stand);
  await page.getByRole('navigation').getByRole('link', { name: 'Series' }).click();
  const name = `Drops ${randomUUID().slice(0, 8)}`;
  await page.getByRole('button', { name: 'New series' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByLabel('Units for each shopper').fill('2');
  await isAccessible(page, 'a new series');
  await dialog.getByRole('button', { name: 'Make the series' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('rowheader', { name }).waitFor();

  const draft = await stand.admin('POST', '/events', {
    name: `Lamps ${randomUUID().slice(0, 8)}`, currency: 'EUR', opens_at: new Date(Date.now() + 3_600_000).toISOString(),
    closes_at: new Date(Date.now() + 7_200_000).toISOString(), hold_seconds: 120, per_shopper_max: 2, quantity_max: 2, standby_max: 20,
    items: [{ sku: await stand.product(), allocation: 10 }],
  });
  await page.goto(`/admin#/events/${draft.id}/edit`);
  await formStep(page, 'Codes, buyers, limits', { more: true });
  await page.getByLabel('Series of sales').selectOption({ label: `${name}: at most 2 for each shopper` });
  await page.getByText('somebody with two browsers is two guests').waitFor();
  await isAccessible(page, 'the form with a series');
  await formStep(page, 'Check and schedule');
  await page.getByRole('button', { name: 'Schedule', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Schedule', exact: true }).click();
  await page.waitForURL((url) => url.hash === `#/events/${draft.id}`);
  const saved = await stand.admin('GET', `/events/${draft.id}`);
  const { series } = await stand.admin('GET', '/series');
  assert.equal(saved.series_id, series.find((one) => one.name === name).id);
  await page.goto(`/admin#/events/${draft.id}/edit`);
  await formStep(page, 'Codes, buyers, limits');
  await page.getByText(`Series of sales: ${name}`).waitFor();
  assert.equal(await page.getByLabel('Series of sales').count(), 0, 'it stays in its series');

  await page.goto('/admin#/series');
  await page.getByRole('link', { name: draft.name }).waitFor();
  await isAccessible(page, 'the series');
  const change = async (most) => {
    await page.getByRole('button', { name: `Edit ${name}` }).click();
    await dialog.getByLabel('Units for each shopper').fill(most);
    await dialog.getByRole('button', { name: 'Save the series' }).click();
  };
  await change('1');
  await dialog.getByText('only more, once any of its sales is scheduled').waitFor();
  await dialog.getByRole('button', { name: 'Never mind' }).click();
  await dialog.waitFor({ state: 'detached' });
  await change('3');
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('row', { name }).getByRole('cell', { name: '3', exact: true }).waitFor();
  noTroubles(page);
});
