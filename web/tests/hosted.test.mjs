// Sales that ask guests for a hosted check, in a browser: against a stand-in for the provider and for its widget.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { requireChromium, Stand } from './stand.mjs';
import { buy, formStep, isAccessible, noTroubles, signIn, standing } from './steps.mjs';

let stand;

before(async () => {
  requireChromium();
  stand = await Stand.start({}, '--hosted-check');
});
afterEach(async () => {
  await be('well');
  await stand.everybodyLeaves();
});
after(() => stand?.stop());

/** How the provider answers from now on. */
async function be(manner) {
  const headers = { 'Content-Type': 'application/json' };
  await fetch(`${stand.hostedCheck}/manner`, { method: 'POST', headers, body: JSON.stringify(manner) });
}

/** What a page has asked of the provider, by the beginnings of paths. */
function asked(page) {
  const asked = [];
  page.on('request', (request) => {
    const { origin, pathname } = new URL(request.url());
    if (origin === stand.hostedCheck) asked.push(pathname);
  });
  return asked;
}

const buyButton = (page) => page.getByRole('button', { name: 'Buy', exact: true });
const box = (page) => page.frameLocator('iframe').getByRole('checkbox', { name: 'I am human' });
/** The widget may be gone before anybody could look whether it is ticked. */
const tick = (page) => box(page).click();
const heading = (page) => page.getByRole('heading', { name: 'A check first' });
const who = (page) => page.evaluate(() => JSON.parse(localStorage.getItem('flashline.session')).shopper_id);

test('a guest passes the check once, and buys; nothing more is asked for the next clicks, sales and visits', async () => {
  const [sale, next] = [await stand.sale({ machine_check: 'hosted' }), await stand.sale({ machine_check: 'hosted' })];
  const page = await stand.person();
  const calls = asked(page);
  await page.goto(sale.url);
  await heading(page).waitFor();
  await box(page).waitFor();
  assert.ok(await buyButton(page).isDisabled());
  await isAccessible(page, 'a page with a check');
  await tick(page);
  await heading(page).waitFor({ state: 'detached' });
  // Whoever does not see it hears it, and goes on where it was.
  await page.getByRole('status').filter({ hasText: 'You have passed the check.' }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'panel');
  await buy(page);
  await standing(page, 'reserved');
  await page.reload();
  await standing(page, 'reserved');
  await page.goto(next.url);
  await buy(page);
  await standing(page, 'reserved');
  assert.deepEqual(calls, ['/api.js', '/frame', '/issue']);
  noTroubles(page);
});

test('who comes from another sale goes on as the same shopper, and nothing of the provider was loaded there', async () => {
  const [free, asking] = [await stand.sale(), await stand.sale({ machine_check: 'hosted' })];
  const page = await stand.person({ phone: true });
  const calls = asked(page);
  await page.goto(free.url);
  await buy(page);
  await standing(page, 'reserved');
  assert.deepEqual(calls, [], 'nobody is told of who did not have to be checked');
  const before = await who(page);
  await page.goto(asking.url);
  await tick(page);
  await heading(page).waitFor({ state: 'detached' });
  await isAccessible(page, 'a page after its check');
  await buy(page);
  await standing(page, 'reserved');
  assert.equal(await who(page), before);
  noTroubles(page);
});

test('the widget of hCaptcha is shown as that of Turnstile', async () => {
  const sale = await stand.sale({ machine_check: 'hosted' });
  const page = await stand.person({ width: 320, locale: 'ar', dark: true });
  // As where hCaptcha is configured.
  await page.route(`**/api/v1/sales/${sale.id}`, async (route) => {
    const answer = await route.fetch();
    const shown = await answer.json();
    shown.hosted_check.script_url = `${stand.hostedCheck}/1/api.js`;
    await route.fulfill({ response: answer, json: shown });
  });
  await page.goto(sale.url);
  await box(page).waitFor();
  assert.match(await page.locator('iframe').getAttribute('src'), /theme=dark&size=compact$/, 'and fits a narrow screen, in the dark');
  await isAccessible(page, 'a narrow page with a check');
  await tick(page);
  await page.locator('iframe').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'اشترِ', exact: true }).waitFor();
  noTroubles(page);
});

test('where the script is blocked, the page says what keeps it away, and tries again when asked to', async () => {
  const sale = await stand.sale({ machine_check: 'hosted' });
  const page = await stand.person();
  await page.route(/\/api\.js/, (route) => route.abort());
  await page.goto(sale.url);
  const host = new URL(stand.hostedCheck).host;
  await page.getByRole('alert').filter({ hasText: `may keep ${host} away` }).waitFor();
  assert.ok(await buyButton(page).isDisabled());
  await isAccessible(page, 'a page whose check is blocked');
  await page.unrouteAll();
  await page.getByRole('button', { name: 'Try again' }).click();
  await tick(page);
  await buy(page);
  await standing(page, 'reserved');
  noTroubles(page);
});

test('what is the shop’s fault or the provider’s is not told as the shopper’s, and mends itself', async () => {
  const sale = await stand.sale({ machine_check: 'hosted' });
  const page = await stand.person();
  await page.goto(sale.url);
  await be('strange'); // as to somebody with a wrong secret
  await tick(page);
  await page.getByRole('status').filter({ hasText: 'That is not your fault' }).waitFor();
  await isAccessible(page, 'a page whose check cannot be confirmed');
  assert.ok(await buyButton(page).isDisabled());
  await be('well');
  await heading(page).waitFor({ state: 'detached' });
  await buy(page);
  await standing(page, 'reserved');
  noTroubles(page);
});

test('what the provider does not confirm is asked for once more', async () => {
  const sale = await stand.sale({ machine_check: 'hosted' });
  const page = await stand.person();
  await page.route('**/sessions/renew', (route) => route.continue({ postData: JSON.stringify({ hosted_check: 'made up' }) }), { times: 1 });
  await page.goto(sale.url);
  await tick(page);
  await page.getByRole('alert').filter({ hasText: 'Please do it once more' }).waitFor();
  await tick(page);
  await heading(page).waitFor({ state: 'detached' });
  noTroubles(page);
});

test('an organiser asks guests for it, and is told what that means', async () => {
  const sale = await stand.sale({ name: 'Lamps to come', opensInMs: 7_200_000, closesInMs: 9_000_000 });
  const page = await stand.person();
  await signIn(page, stand);
  await page.goto(`/admin#/events/${sale.id}/edit`);
  await formStep(page, 'Codes, buyers, limits', { more: true });
  await page.getByLabel('Check of guests').selectOption({ label: 'The check of a provider, of every guest' });
  await page.getByText('it learns their internet addresses').waitFor();
  await isAccessible(page, 'the form with the check');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { level: 1, name: 'Lamps to come' }).waitFor();
  assert.equal((await stand.admin('GET', `/events/${sale.id}`)).machine_check, 'hosted');
  noTroubles(page);
});
