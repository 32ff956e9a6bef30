// Sales that ask guests for a proof of work, in a browser.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { requireChromium, Stand } from './stand.mjs';
import { formStep, isAccessible, noTroubles, signIn, standing } from './steps.mjs';

let stand;

before(async () => {
  requireChromium();
  stand = await Stand.start({ FLASHLINE_PROOF_TRIES: '300' });
});
afterEach(() => stand.everybodyLeaves());
after(() => stand?.stop());

const WORKS = 'Your browser is doing a short calculation';

/** What a page has asked for, by the ends of addresses. */
function asked(page) {
  const asked = [];
  page.on('request', (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
  return (end) => asked.filter((one) => one.endsWith(end) || one.includes(end)).length;
}

test('a browser does the work by itself before the click, and no more for the next ones', async () => {
  const sale = await stand.sale({ machine_check: 'always' });
  const page = await stand.person();
  const times = asked(page);
  // So that it can be seen.
  await page.route('**/sessions/challenge', async (route) => {
    await new Promise((go) => setTimeout(go, 2_000));
    await route.continue();
  });
  await page.goto(sale.url);
  await page.getByRole('status').filter({ hasText: WORKS }).waitFor();
  await isAccessible(page, 'a page that shows that it is at work');
  await page.getByText(WORKS).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Buy', exact: true }).click();
  await standing(page, 'reserved');
  await page.reload();
  await standing(page, 'reserved');
  assert.equal(times('GET /api/v1/sessions/challenge'), 1);
  assert.ok(times('/assets/pbkdf2') > 0);
  noTroubles(page);
});

test('who comes with a session from another sale does the work, and is the same shopper', async () => {
  const [free, asking] = [await stand.sale(), await stand.sale({ machine_check: 'always' })];
  const page = await stand.person();
  const times = asked(page);
  await page.goto(free.url);
  await page.getByRole('button', { name: 'Buy', exact: true }).click();
  await standing(page, 'reserved');
  assert.equal(times('/assets/pbkdf2'), 0, 'nothing is loaded that is not asked for');
  const who = () => page.evaluate(() => JSON.parse(localStorage.getItem('flashline.session')).shopper_id);
  const before = await who();
  await page.goto(asking.url);
  await page.getByRole('button', { name: 'Buy', exact: true }).click();
  await standing(page, 'reserved');
  assert.equal(await who(), before);
  assert.equal(times('GET /api/v1/sessions/challenge'), 1);
  noTroubles(page);
});

test('a browser that cannot do it is told so', async () => {
  const sale = await stand.sale({ machine_check: 'always' });
  // Over plain HTTP, a browser has no Web Crypto.
  const page = await stand.person({ base: stand.base.replace('127.0.0.1', 'shop.lan') });
  await page.goto(sale.url);
  await page.getByRole('button', { name: 'Buy', exact: true }).click();
  await page.getByText('which this one could not do').waitFor();
  await isAccessible(page, 'a page that could not do its work');
});

test('an organiser asks guests for work', async () => {
  const sale = await stand.sale({ name: 'Lamps to come', opensInMs: 7_200_000, closesInMs: 9_000_000 });
  const page = await stand.person();
  await signIn(page, stand);
  await page.goto(`/admin#/events/${sale.id}/edit`);
  await formStep(page, 'Codes, buyers, limits', { more: true });
  await page.getByLabel('Check of guests').selectOption({ label: 'A calculation by the browser of every guest' });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { level: 1, name: 'Lamps to come' }).waitFor();
  assert.equal((await stand.admin('GET', `/events/${sale.id}`)).machine_check, 'always');
  noTroubles(page);
});
