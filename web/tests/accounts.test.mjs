// Shoppers with an account: with a real OpenID provider, and one person on two devices.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, test } from 'node:test';
import { requireChromium, Stand } from './stand.mjs';
import { buy, formStep, isAccessible, isApart, pay, signIn, standing } from './steps.mjs';

let stand;
before(async () => {
  requireChromium();
  stand = await Stand.start({}, '--accounts');
});
afterEach(() => stand.everybodyLeaves());
after(() => stand?.stop());

const somebody = (name) => `${name}-${randomUUID().slice(0, 8)}`;
/** What the provider's own pages ask for is no trouble of ours. */
const noTroubles = (page) => assert.deepEqual(page.troubles.filter((trouble) => !trouble.includes('https://fonts.')), []);

/** From the page of a sale to the provider, and back. */
async function signsIn(page, name) {
  await page.getByRole('button', { name: 'Sign in with your account' }).click();
  await page.locator('input[name=login]').fill(name);
  await page.locator('input[name=password]').fill('x');
  await page.locator('[type=submit]').click();
}

test('somebody signs in before the sale, buys on the phone and finds it on the laptop', async () => {
  const sale = await stand.sale({ participation: 'account', per_shopper_max: 1, quantity_max: 1 });
  const anna = somebody('anna');
  const [phone, laptop] = [await stand.person({ phone: true }), await stand.person()];
  await phone.goto(sale.url);
  await phone.getByRole('heading', { name: 'Sign in to buy' }).waitFor();
  assert.equal(await phone.getByRole('button', { name: 'Buy', exact: true }).count(), 0, 'a guest has nothing to click');
  await isAccessible(phone, 'the way to the account');
  await signsIn(phone, anna);
  await phone.getByRole('banner').getByText('Signed in with your account').waitFor();
  const address = new URL(phone.url());
  assert.deepEqual([address.pathname, address.search, address.hash], [sale.url, '', ''], 'back at the sale, and no code in the address');
  await isAccessible(phone, 'signed in');
  await buy(phone);
  await standing(phone, 'reserved');

  await laptop.goto(sale.url);
  await signsIn(laptop, anna);
  await standing(laptop, 'reserved');
  await pay(laptop);
  for (const page of [phone, laptop]) await standing(page, 'confirmed');
  // No script can read what the sign-in was kept by, and it is gone.
  assert.deepEqual((await laptop.context().cookies(stand.base)).filter(({ name }) => name === 'flashline-sign-in'), []);

  // Signed out, it is somebody else's page; signed in again, at the provider by itself, it is there.
  await phone.getByRole('button', { name: 'Sign out', exact: true }).click();
  await phone.getByRole('heading', { name: 'Sign in to buy' }).waitFor();
  await phone.getByRole('button', { name: 'Sign in with your account' }).click();
  await phone.getByText('Your orders in this sale').waitFor();
  [phone, laptop].forEach(noTroubles);
});

test('whoever cancels, comes back too late, or with the code of somebody else, is told so and can begin again', async () => {
  const sale = await stand.sale({ participation: 'account' });
  const page = await stand.person();
  await page.goto(sale.url);
  await page.getByRole('button', { name: 'Sign in with your account' }).click();
  await page.getByText('Cancel').click();
  await page.getByText('You are not signed in: you have cancelled it.').waitFor();
  assert.equal(new URL(page.url()).pathname, sale.url);
  await isAccessible(page, 'cancelled');

  // A link that somebody was sent: it leads to a page of ours, and signs nobody in.
  await page.goto(`/sign-in?state=${encodeURIComponent('//evil.example')}.x&code=stolen`);
  await page.getByText('this sign-in was not begun in this browser').waitFor();
  assert.equal(page.url(), `${stand.base}/`);
  assert.equal(await page.getByText('Signed in with').count(), 0);

  // What the provider does not take: its answer comes once, and is brought twice.
  await page.goto(sale.url);
  const confirms = '**/api/v1/sessions/account/confirm';
  await page.route(confirms, (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"type":"/problems/account_unavailable"}' }), { times: 1 });
  await signsIn(page, somebody('ben'));
  await page.getByText('your account cannot be checked at the moment').waitFor();
  await isAccessible(page, 'cannot be checked');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('banner').getByText('Signed in with your account').waitFor();
  noTroubles(page);
});

test('a guest who holds something elsewhere is asked before it is let go of', async () => {
  const [open, closed] = [await stand.sale(), await stand.sale({ participation: 'account' })];
  const page = await stand.person();
  await page.goto(open.url);
  await buy(page);
  await standing(page, 'reserved');
  await page.goto(closed.url);
  await signsIn(page, somebody('ben'));
  await page.getByText('you hold a place or a reservation without your account').waitFor();
  await isAccessible(page, 'the question');
  await isApart(page, 'Go on as you are', 'Sign in now, without it');
  await page.getByRole('button', { name: 'Go on as you are' }).click();
  await page.goto(open.url);
  await standing(page, 'reserved');
  noTroubles(page);
});

test('every language has its words, and no page is too wide', async () => {
  const sale = await stand.sale({ participation: 'account' });
  for (const [locale, go] of [['de-DE', 'Mit Ihrem Konto anmelden'], ['ar-EG', 'سجّل الدخول بحسابك'], ['zh-CN', '使用您的账户登录']]) {
    const page = await stand.person({ locale, width: 320 });
    await page.goto(sale.url);
    await page.getByRole('button', { name: go }).click();
    await page.locator('input[name=login]').fill(somebody('x'));
    await page.locator('input[name=password]').fill('x');
    await page.locator('[type=submit]').click();
    await page.locator('.signed-in').waitFor();
    await isAccessible(page, `signed in in ${locale}`);
    noTroubles(page);
  }
});

test('an organiser chooses among what shoppers can show here', async () => {
  const desk = await stand.person();
  await signIn(desk, stand);
  const sale = await stand.sale({ scheduled: true, opensInMs: 3_600_000, closesInMs: 7_200_000 });
  await desk.goto(`/admin#/events/${sale.id}/edit`);
  await formStep(desk, 'Codes, buyers, limits');
  const choice = desk.getByLabel('Who may take part');
  await choice.waitFor();
  assert.deepEqual(await choice.locator('option').allInnerTexts(), ['Anyone', 'Shoppers with an account'], 'no mail is sent here');
  await choice.selectOption('account');
  await desk.getByRole('button', { name: 'Save', exact: true }).click();
  await desk.waitForFunction(() => !location.hash.includes('edit'));
  assert.equal((await stand.admin('GET', `/events/${sale.id}`)).participation, 'account');
  noTroubles(desk);
});

test('an organiser says who is invited, and nobody else gets in', async () => {
  const sale = await stand.sale({ participation: 'account', scheduled: true });
  const [anna, ben] = [somebody('anna'), somebody('ben')];
  const desk = await stand.person();
  await signIn(desk, stand);
  await desk.goto(`/admin#/events/${sale.id}`);
  await desk.getByRole('button', { name: 'Who is invited' }).click();
  const dialog = desk.getByRole('dialog');
  await dialog.getByText('Everybody whom the sale admits.').waitFor();
  const upload = (text) => dialog.getByLabel('Upload a list (CSV)').setInputFiles({ name: 'list.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
  await upload(`${anna}\nsomebody@example.org\n`);
  await dialog.getByText('line 2: an e-mail address').waitFor();
  await isAccessible(desk, 'a list with a wrong line');
  await upload(`customer\n${anna}\n`);
  await dialog.getByText('1 invited').waitFor();
  await dialog.getByText('0 by e-mail address, 1 as customers').waitFor();
  await isAccessible(desk, 'a list');

  const invited = await stand.person();
  await invited.goto(sale.url);
  await invited.getByText('This sale is for those who are invited.').waitFor();
  await signsIn(invited, anna);
  await buy(invited);
  await standing(invited, 'reserved');
  const other = await stand.person({ phone: true });
  await other.goto(sale.url);
  await signsIn(other, ben);
  await buy(other);
  await other.getByText('that is invited to this sale').waitFor();
  await isAccessible(other, 'not invited');

  await dialog.getByRole('button', { name: 'Remove the list: invite everybody' }).click();
  await dialog.getByText('1 invited').waitFor();
  const invite = dialog.getByRole('button', { name: 'Invite everybody', exact: true });
  assert.ok(await invite.isDisabled(), 'nobody opens a running sale to all with one click');
  await isAccessible(desk, 'a list that is about to go');
  await dialog.getByLabel('Type the name of the sale').fill(sale.name);
  await invite.click();
  await dialog.getByText('Everybody whom the sale admits.').waitFor();
  await buy(other);
  await standing(other, 'reserved');
  [desk, invited, other].forEach(noTroubles);
});
