// Sales that start by draw, in a browser.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, afterEach, before, test } from 'node:test';
import { requireChromium, Stand } from './stand.mjs';
import { formStep, isAccessible, noTroubles, signIn, standing } from './steps.mjs';

let stand;

before(async () => {
  requireChromium();
  stand = await Stand.start();
});
afterEach(() => stand.everybodyLeaves());
after(() => stand?.stop());

/** Its lobby is open now, for so long; it opens five seconds after that. */
function byDraw(openForMs, rules = {}) {
  const at = (ms) => new Date(Date.now() + ms).toISOString();
  const lobby = { opens_at: at(-1_000), closes_at: at(openForMs) };
  return stand.sale({ name: 'Lamps by draw', opensInMs: openForMs + 5_500, lobby, ...rules });
}

const enter = (page) => page.getByRole('button', { name: 'Enter the lobby' }).click();
const published = async (sale, path = '') => fetch(`${stand.base}/api/v1/sales/${sale.id}/draw${path}`);

/** As docs/draw.md has it, so that the page is not asked about itself. */
const digestOf = (sale, entryId) => {
  const id = (uuid) => Buffer.from(uuid.replaceAll('-', ''), 'hex');
  return createHash('sha256').update('flashline/draw/entry').update(id(sale.id)).update(id(entryId)).digest('hex');
};

test('enter the lobby, wait for the draw, and check the own rank in the browser', async () => {
  const sale = await byDraw(7_000);
  const page = await stand.person();
  await page.goto(sale.url);
  await page.getByText('The lobby closes in').waitFor();
  await page.getByText('This sale starts by draw').click();
  await page.getByText('whoever runs the shop knows the secret').waitFor();
  await isAccessible(page, 'a sale with a lobby');
  await enter(page);
  await standing(page, 'entered');
  await isAccessible(page, 'the lobby');
  const others = await Promise.all(Array.from({ length: 4 }, () => stand.shopper()));
  for (const other of others) await other.buy(sale);
  // A reload finds what was entered.
  await page.reload();
  await standing(page, 'entered');
  await page.getByText('The lobby has closed, and you are in.').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Withdraw' }).count(), 0);
  await standing(page, 'reserved');
  await page.getByRole('button', { name: 'Check the draw' }).click();
  const said = page.getByText(/You were drawn as number \d of 5\./);
  await said.waitFor();
  await isAccessible(page, 'a draw that was checked');
  const decided = (await (await published(sale, '/decided')).text()).trim().split('\n');
  const kept = await page.evaluate(() => JSON.stringify(localStorage));
  const own = decided.findIndex((digest) => (kept.match(/[0-9a-f]{8}-[0-9a-f-]{27}/g) ?? []).some((id) => digestOf(sale, id) === digest));
  assert.equal(Number(/number (\d)/.exec(await said.textContent())[1]), own + 1, 'the rank in which the line decided it');
  noTroubles(page);
});

test('withdraw, and enter again while the lobby is open', async () => {
  const sale = await byDraw(60_000);
  const page = await stand.person({ phone: true });
  await page.goto(sale.url);
  await enter(page);
  await standing(page, 'entered');
  await page.getByRole('button', { name: 'Withdraw' }).click();
  await page.getByText('Withdraw your entry?').waitFor();
  await page.getByRole('button', { name: 'Withdraw' }).last().click();
  await page.getByRole('heading', { name: 'You have withdrawn' }).waitFor();
  await page.getByRole('button', { name: 'Enter again' }).click();
  await enter(page);
  await standing(page, 'entered');
  await isAccessible(page, 'the lobby on a phone');
  noTroubles(page);
});

test('the organiser calls it off: everybody in the lobby is told', async () => {
  const sale = await byDraw(60_000);
  const page = await stand.person();
  await page.goto(sale.url);
  await enter(page);
  await standing(page, 'entered');
  await stand.admin('POST', `/events/${sale.id}/stop`, { reason: 'no lamps' });
  await standing(page, 'refused');
  noTroubles(page);
});

test('a sale that has opened and whose order is not known says so, to all, until it is', async () => {
  const WAITS = 'nothing is decided yet';
  const sale = await byDraw(7_000);
  const [page, other] = [await stand.person(), await stand.person()];
  await page.goto(sale.url);
  await enter(page);
  await standing(page, 'entered');
  await stand.order('kill order-worker');
  await other.goto(sale.url);
  for (const one of [page, other]) await one.getByText(WAITS).waitFor();
  assert.equal(await page.getByText('The entries are being decided').count(), 0, 'they are not');
  await isAccessible(page, 'a sale that waits for its draw');
  const organiser = await stand.person();
  await signIn(organiser, stand);
  await organiser.goto(`/admin#/events/${sale.id}`);
  await organiser.getByText(WAITS).waitFor();
  await stand.order('start order-worker');
  await standing(page, 'reserved');
  for (const one of [page, other, organiser]) await one.getByText(WAITS).waitFor({ state: 'detached' });
  noTroubles(page);
});

test('before the lobby opens and after it has closed nobody is asked to click', async () => {
  const at = (ms) => new Date(Date.now() + ms).toISOString();
  const sale = await stand.sale({ opensInMs: 19_000, lobby: { opens_at: at(9_000), closes_at: at(12_000) } });
  const page = await stand.person();
  await page.goto(sale.url);
  await page.getByText('The lobby opens in').waitFor();
  assert.ok(await page.getByRole('button', { name: 'The lobby opens soon' }).isDisabled());
  // The lobby comes and goes by the page's own clock.
  await page.getByRole('button', { name: 'Enter the lobby' }).waitFor();
  const closed = page.getByRole('button', { name: 'The lobby has closed' });
  await closed.waitFor();
  assert.ok(await closed.isDisabled());
  // Who comes after the opening is served first come, first served.
  await page.getByRole('button', { name: 'Buy', exact: true }).click();
  await standing(page, 'reserved');
  assert.equal(await page.getByRole('button', { name: 'Check the draw' }).count(), 0, 'it was not drawn');
  noTroubles(page);
});

test('an organiser makes a sale by draw, and what is edited of it keeps its lobby', async () => {
  const sale = await stand.sale({
    name: 'Lamps to come', opensInMs: 7_200_000, closesInMs: 9_000_000,
    lobby: { opens_at: new Date(Date.now() + 3_600_000).toISOString(), closes_at: new Date(Date.now() + 7_000_000).toISOString() },
  });
  const before = await stand.admin('GET', `/events/${sale.id}`);
  const page = await stand.person();
  await signIn(page, stand);
  await page.goto(`/admin#/events/${sale.id}/edit`);
  await formStep(page, 'When it starts');
  await page.getByLabel('Lobby closes').waitFor();
  await isAccessible(page, 'the form of a sale by draw');
  await formStep(page, 'What is sold');
  await page.getByLabel('Name', { exact: true }).first().fill('Lamps to come soon');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { level: 1, name: 'Lamps to come soon' }).waitFor();
  const edited = await stand.admin('GET', `/events/${sale.id}`);
  assert.deepEqual(edited.lobby, before.lobby, 'what nobody touched is as it was');
  // Closed too late for its opening: said at the field.
  await page.goto(`/admin#/events/${sale.id}/edit`);
  await formStep(page, 'When it starts');
  await page.getByLabel('Opens', { exact: true }).fill(new Date(Date.parse(before.lobby.closes_at) - 3_600_000).toISOString().slice(0, 16));
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('at least 5 seconds').first().waitFor();
  await page.getByLabel('Start').selectOption({ label: 'First come, first served' });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { level: 1, name: 'Lamps to come soon' }).waitFor();
  assert.equal((await stand.admin('GET', `/events/${sale.id}`)).lobby, undefined);
  noTroubles(page);
});
