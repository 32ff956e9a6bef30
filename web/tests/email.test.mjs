// A sale for shoppers who have confirmed an e-mail address: with a real mail server, and one person on two devices.
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, afterEach, before, test } from 'node:test';
import { Mail } from './mail.mjs';
import { requireChromium, Stand } from './stand.mjs';
import { buy, formStep, isAccessible, isApart, noTroubles, pay, signIn, signInByMail, standing } from './steps.mjs';

let mail, stand;
before(async () => {
  requireChromium();
  mail = await Mail.open();
  stand = await Stand.start({
    FLASHLINE_SMTP_URL: mail.url, FLASHLINE_MAIL_FROM: 'Lamps <tickets@shop.example>', FLASHLINE_EMAIL_KEY: randomBytes(32).toString('hex'),
  });
});
afterEach(() => stand.everybodyLeaves());
after(async () => {
  await stand?.stop();
  mail?.close();
});

const address = (name) => `${name}-${randomUUID().slice(0, 8)}@example.org`;
const maskOf = (email) => `${email[0]}…@example.org`;

test('somebody signs in before the sale, buys on the phone and finds it on the laptop', async () => {
  const sale = await stand.sale({ participation: 'email', per_shopper_max: 1, quantity_max: 1 });
  const anna = address('anna');
  const [phone, laptop] = [await stand.person({ phone: true }), await stand.person()];
  await phone.goto(sale.url);
  await phone.getByRole('heading', { name: 'Sign in to buy' }).waitFor();
  assert.equal(await phone.getByRole('button', { name: 'Buy', exact: true }).count(), 0, 'a guest has nothing to click');
  await isAccessible(phone, 'the address');
  await phone.getByLabel('E-mail address').fill('anna');
  await phone.getByRole('button', { name: 'Send me a code' }).click();
  await phone.getByText('Give an address like anna@example.org.').waitFor();
  assert.equal(await phone.evaluate(() => document.activeElement.name), 'email', 'what is wrong is said at its field');
  await isAccessible(phone, 'a wrong address');
  await phone.getByLabel('E-mail address').fill(anna);
  await phone.keyboard.press('Enter');
  await phone.getByText(`goes to ${anna}`).waitFor();
  const field = phone.getByLabel('Code', { exact: true });
  assert.deepEqual([await field.getAttribute('autocomplete'), await field.getAttribute('inputmode')], ['one-time-code', 'numeric']);
  assert.equal(await phone.getByRole('button', { name: 'Send another code (in' }).isDisabled(), true, 'not at once');
  await isAccessible(phone, 'the code');
  await isApart(phone, 'Sign in', 'Use another address');
  const { code, subject } = await mail.code(anna);
  assert.equal(subject, 'Your code to sign in');
  await field.fill(String((Number(code) + 1) % 1_000_000).padStart(6, '0'));
  await phone.getByRole('button', { name: 'Sign in' }).click();
  await phone.getByText('This code is not valid, or no longer.').waitFor();
  assert.equal(await phone.evaluate(() => document.activeElement.name), 'code');
  await isAccessible(phone, 'a wrong code');
  // Who looked into their mail may find the page loaded anew.
  await phone.reload();
  await field.fill(code);
  await phone.getByRole('button', { name: 'Sign in' }).click();
  await phone.getByRole('banner').getByText(`Signed in as ${maskOf(anna)}`).waitFor();
  await isAccessible(phone, 'signed in');
  await buy(phone);
  await standing(phone, 'reserved');

  await laptop.goto(sale.url);
  await signInByMail(laptop, mail, anna, 2);
  await standing(laptop, 'reserved');
  await pay(laptop);
  for (const page of [phone, laptop]) await standing(page, 'confirmed');
  // Nowhere here is more of the address than what is shown.
  const kept = await laptop.evaluate(() => JSON.stringify({ ...localStorage }));
  assert.ok(!kept.includes(anna) && kept.includes(maskOf(anna)), kept);

  // Signed out, it is somebody else's page, also after a reload; signed in again, it is there.
  await phone.getByText('sign in again, here or on another device').waitFor();
  await phone.getByRole('button', { name: 'Sign out', exact: true }).click();
  await phone.getByRole('heading', { name: 'Sign in to buy' }).waitFor();
  await phone.reload();
  await phone.getByRole('heading', { name: 'Sign in to buy' }).waitFor();
  assert.equal(await phone.getByText('Signed in as').count(), 0);
  await standing(laptop, 'confirmed');
  await signInByMail(phone, mail, anna, 3);
  await phone.getByText('Your orders in this sale').waitFor();
  [phone, laptop].forEach(noTroubles);
});

test('a guest who holds something elsewhere is asked before it is let go of', async () => {
  const [open, closed] = [await stand.sale(), await stand.sale({ participation: 'email' })];
  const ben = address('ben');
  const page = await stand.person({ locale: 'en-GB' });
  await page.goto(open.url);
  await buy(page);
  await standing(page, 'reserved');
  await page.goto(closed.url);
  await page.getByLabel('E-mail address').fill(ben);
  await page.getByRole('button', { name: 'Send me a code' }).click();
  await page.getByLabel('Code', { exact: true }).fill((await mail.code(ben)).code);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('you hold a place or a reservation in another sale').waitFor();
  await isAccessible(page, 'the question');
  await isApart(page, 'Go on as you are', 'Sign in now, without it');
  await page.getByRole('button', { name: 'Go on as you are' }).click();
  await page.getByRole('heading', { name: 'Sign in to buy' }).waitFor();
  await page.goto(open.url);
  await standing(page, 'reserved');
  noTroubles(page);
});

test('every language has its words and its mail, and no page is too wide', async () => {
  const sale = await stand.sale({ participation: 'email' });
  for (const [locale, send, subject] of [['de-DE', 'Code senden', 'Ihr Code zum Anmelden'], ['ar-EG', 'أرسل لي رمزًا', 'رمز تسجيل الدخول'], ['zh-CN', '发送验证码', '您的登录验证码']]) {
    const email = address('x');
    const page = await stand.person({ locale, width: 320 });
    await page.goto(sale.url);
    await page.locator('input[name=email]').fill(email);
    await page.getByRole('button', { name: send }).click();
    await page.locator('[data-sign-in=code]').waitFor();
    await isAccessible(page, `the code in ${locale}`);
    const sent = await mail.code(email);
    assert.equal(sent.subject, subject);
    await page.locator('input[name=code]').fill(sent.code);
    await page.keyboard.press('Enter');
    await page.locator('.signed-in').waitFor();
    await isAccessible(page, `signed in in ${locale}`);
    noTroubles(page);
  }
});

test('an organiser chooses who may take part', async () => {
  const desk = await stand.person();
  await signIn(desk, stand);
  const sale = await stand.sale({ scheduled: true, opensInMs: 3_600_000, closesInMs: 7_200_000 });
  await desk.goto(`/admin#/events/${sale.id}/edit`);
  await formStep(desk, 'Codes, buyers, limits');
  const choice = desk.getByLabel('Who may take part');
  assert.equal(await choice.inputValue(), 'anyone');
  await choice.selectOption('email');
  await isAccessible(desk, 'who may take part');
  await desk.getByRole('button', { name: 'Save', exact: true }).click();
  await desk.waitForFunction(() => !location.hash.includes('edit'));
  assert.equal((await stand.admin('GET', `/events/${sale.id}`)).participation, 'email');
  noTroubles(desk);
});
