// Signing out: in two tabs, off line, and everywhere.
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, afterEach, before, test } from 'node:test';
import { Mail } from './mail.mjs';
import { requireChromium, Stand } from './stand.mjs';
import { buy, isAccessible, isApart, noTroubles, signInByMail, standing } from './steps.mjs';

const OUT = 'You are signed out. Sign in again to find what you hold or have bought.';
const NOT_YET = 'You are signed out in this browser, and not yet at the server.';

let mail, stand;
before(async () => {
  requireChromium();
  mail = await Mail.open();
  stand = await Stand.start({
    FLASHLINE_SMTP_URL: mail.url, FLASHLINE_MAIL_FROM: 'Lamps <tickets@shop.example>', FLASHLINE_EMAIL_KEY: randomBytes(32).toString('hex'),
    FLASHLINE_LIMIT_SHOPPER: 'off',
  });
});
afterEach(() => stand.everybodyLeaves());
after(async () => {
  await stand?.stop();
  mail?.close();
});

const button = (page, name) => page.getByRole('button', { name, exact: true });
const isGuests = (page) => page.getByRole('heading', { name: 'Sign in to buy' }).waitFor();

/** What the server says to a token. */
async function saidTo(token) {
  const answer = await fetch(`${stand.base}/api/v1/socket-tickets`, { method: 'POST', headers: { Authorization: `Bearer ${token}` } });
  return answer.ok ? 'welcome' : (await answer.json()).type;
}

const tokenOf = (page) => page.evaluate(() => JSON.parse(localStorage.getItem('flashline.session')).token);
const leftIn = (page) => page.evaluate(() => localStorage.getItem('flashline.left'));

/** Somebody who holds a unit, in two tabs. */
async function inTwoTabs() {
  const sale = await stand.sale({ participation: 'email', per_shopper_max: 1, quantity_max: 1 });
  const email = `anna-${randomUUID().slice(0, 8)}@example.org`;
  const page = await stand.person();
  await page.goto(sale.url);
  await signInByMail(page, mail, email);
  await buy(page);
  await standing(page, 'reserved');
  const tab = await page.context().newPage();
  await tab.goto(sale.url);
  await standing(tab, 'reserved');
  return { sale, email, page, tab };
}

test('signed out in one tab, the other says so; no token is taken any more, and nothing held is lost', async () => {
  const { email, page, tab } = await inTwoTabs();
  const token = await tokenOf(page);
  assert.equal(await saidTo(token), 'welcome');
  await isAccessible(page, 'signed in');
  await isApart(page, 'Sign out', 'Sign out everywhere');
  await button(page, 'Sign out').click();
  for (const each of [page, tab]) {
    await each.getByText(OUT).waitFor();
    await isGuests(each);
    assert.equal(await each.getByText('Signed in as').count(), 0);
    await isAccessible(each, 'signed out');
  }
  assert.equal(await saidTo(token), '/problems/session_ended');
  assert.equal(await leftIn(page), null, 'no token stays behind');
  await signInByMail(tab, mail, email, 2);
  await standing(tab, 'reserved');
  await standing(page, 'reserved');
  for (const each of [page, tab]) assert.equal(await each.getByText(OUT).count(), 0, 'somebody is signed in again');
  noTroubles(page);
});

test('off line, it is said that the server does not know yet, and made good later, also after a reload', async () => {
  const { sale, page, tab } = await inTwoTabs();
  const token = await tokenOf(page);
  const ends = '**/api/v1/sessions/current';
  await page.context().route(ends, (route) => route.abort());
  await button(page, 'Sign out').click();
  for (const each of [page, tab]) {
    await each.getByText(NOT_YET).waitFor();
    await isGuests(each);
  }
  await isAccessible(page, 'signed out here alone');
  assert.equal(await saidTo(token), 'welcome', 'the page says what is so');
  await page.reload();
  await page.getByText(NOT_YET).waitFor();
  await tab.close();
  await page.close();
  const later = await page.context().newPage();
  await later.context().unroute(ends);
  await later.goto(sale.url);
  await later.waitForFunction(() => localStorage.getItem('flashline.left') === null);
  await later.getByText(NOT_YET).waitFor({ state: 'detached' });
  assert.equal(await saidTo(token), '/problems/session_ended');
});

test('everywhere, the other devices say so; when the server does not answer, nobody is said to be signed out', async () => {
  const sale = await stand.sale({ participation: 'email' });
  const email = `ben-${randomUUID().slice(0, 8)}@example.org`;
  const [phone, laptop] = [await stand.person({ phone: true }), await stand.person()];
  for (const [index, page] of [phone, laptop].entries()) {
    await page.goto(sale.url);
    await signInByMail(page, mail, email, index + 1);
  }
  await buy(laptop);
  await standing(laptop, 'reserved');
  const tokens = [await tokenOf(phone), await tokenOf(laptop)];
  const all = '**/api/v1/sessions';
  await phone.route(all, (route) => (route.request().method() === 'DELETE' ? route.abort() : route.continue()));
  await button(phone, 'Sign out everywhere').click();
  await phone.getByText('The server has not said that you are signed out everywhere.').waitFor();
  await isAccessible(phone, 'not known');
  assert.equal(await saidTo(tokens[0]), 'welcome');
  await phone.unroute(all);
  await button(phone, 'Sign out everywhere').click();
  for (const page of [phone, laptop]) {
    await page.getByText(OUT).waitFor();
    await isGuests(page);
  }
  for (const token of tokens) assert.equal(await saidTo(token), '/problems/session_ended');
  await signInByMail(phone, mail, email, 3);
  await standing(phone, 'reserved');
  [phone, laptop].forEach(noTroubles);
});

test('every language says so, and no page is too wide', async () => {
  const sale = await stand.sale({ participation: 'email' });
  for (const [locale, send, out, said] of [
    ['de-DE', 'Code senden', 'Abmelden', 'Sie sind abgemeldet.'],
    ['ar-EG', 'أرسل لي رمزًا', 'تسجيل الخروج', 'لقد سجّلت الخروج.'],
    ['zh-CN', '发送验证码', '退出登录', '您已退出登录。'],
  ]) {
    const email = `x-${randomUUID().slice(0, 8)}@example.org`;
    const page = await stand.person({ locale, width: 320 });
    await page.goto(sale.url);
    await page.locator('input[name=email]').fill(email);
    await button(page, send).click();
    await page.locator('input[name=code]').fill((await mail.code(email)).code);
    await page.keyboard.press('Enter');
    await button(page, out).click();
    await page.getByText(said).waitFor();
    await isAccessible(page, `signed out in ${locale}`);
    noTroubles(page);
  }
});
