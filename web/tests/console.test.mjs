// An organiser's session at the console: in new tabs, after a reload, until it is ended.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { requireChromium, Stand } from './stand.mjs';
import { isAccessible, noTroubles, signIn } from './steps.mjs';

let stand;
before(async () => {
  requireChromium();
  stand = await Stand.start();
});
afterEach(() => stand.everybodyLeaves());
after(() => stand?.stop());

const signOut = (page) => page.getByRole('button', { name: 'Sign out', exact: true });
const sales = (page) => page.getByRole('heading', { level: 1, name: 'Sales' }).waitFor();
const form = (page) => page.getByLabel('Password').waitFor();
const cookie = async (page) => (await page.context().cookies(`${stand.base}/api/v1/admin`)).find(({ name }) => name === 'flashline-admin');

async function newTab(page) {
  const tab = await page.context().newPage();
  await tab.goto(`${stand.base}/admin`);
  return tab;
}

test('it lasts in new tabs and after a reload, and no script can read it', async () => {
  const page = await stand.person();
  await signIn(page, stand);
  const kept = await cookie(page);
  assert.deepEqual([kept.httpOnly, kept.sameSite, kept.path, kept.secure], [true, 'Strict', '/api/v1/admin', false]);
  const readable = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  assert.ok(!readable.includes(stand.adminToken) && !readable.includes(kept.value), readable);
  await page.reload();
  await sales(page);
  const tab = await newTab(page);
  await sales(tab);
  await tab.getByRole('link', { name: 'Access' }).click();
  const name = `made in a session ${Date.now()}`;
  await tab.getByRole('button', { name: 'New token' }).click();
  await tab.getByLabel('Name', { exact: true }).fill(name);
  await tab.getByRole('button', { name: 'Make the token' }).click();
  await tab.getByText('This is the token. It is shown only now:').waitFor();
  noTroubles(page);
});

test('signed out in one tab, the other is too, and so is the server', async () => {
  const page = await stand.person();
  await signIn(page, stand);
  const tab = await newTab(page);
  await sales(tab);
  await tab.goto(`${stand.base}/admin#/new`);
  await tab.getByLabel('Name', { exact: true }).fill('Half a sale');
  const { name, value } = await cookie(page);
  const asked = () => fetch(`${stand.base}/api/v1/admin/me`, { headers: { Cookie: `${name}=${value}` } });
  assert.equal((await asked()).status, 200);
  await signOut(page).click();
  await form(page);
  await form(tab);
  await tab.getByText('You signed out in another tab.').waitFor();
  assert.equal((await asked()).status, 401);
  assert.equal(await cookie(page), undefined);
  // Signed in again in one, so is the other.
  await signIn(page, stand);
  await tab.getByRole('heading', { level: 1, name: 'New sale' }).waitFor();
  assert.equal(await tab.getByLabel('Name', { exact: true }).inputValue(), 'Half a sale', 'what was typed is still there');
  noTroubles(page);
});

test('ended at the server, every tab says so; and who cannot reach it is not signed out', async () => {
  const page = await stand.person();
  await signIn(page, stand);
  const tab = await newTab(page);
  await sales(tab);
  await page.route('**/api/v1/admin/session', (route) => route.abort());
  await signOut(page).click();
  await page.getByText('You are not signed out yet:').waitFor();
  await isAccessible(page, 'a sign-out that did not reach the server');
  await page.unroute('**/api/v1/admin/session');
  const { name, value } = await cookie(page);
  const ended = await fetch(`${stand.base}/api/v1/admin/session`, {
    method: 'DELETE', headers: { Cookie: `${name}=${value}`, 'Sec-Fetch-Site': 'same-origin' },
  });
  assert.equal(ended.status, 204);
  await page.reload();
  await page.getByText('Your session has ended. Sign in again.').waitFor();
  await tab.getByText('Your session has ended. Sign in again.').waitFor();
  await isAccessible(page, 'the sign-in after a session');
});
