// One person at two devices, and a shopper whose sale is paused: the pages say what is so, and nothing is bought unseen.
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, afterEach, before, test } from 'node:test';
import { Mail } from './mail.mjs';
import { requireChromium, Stand } from './stand.mjs';
import { buy, isAccessible, noTroubles, pay, signInByMail, standing } from './steps.mjs';

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
const at = (ms) => new Date(Date.now() + ms).toISOString();
const lobby = (openForMs) => ({ opensInMs: openForMs + 5_500, lobby: { opens_at: at(-1_000), closes_at: at(openForMs) } });
const enter = (page) => page.getByRole('button', { name: 'Enter the lobby' }).click();

/** Somebody signed in at a phone and a laptop, at the page of a sale. */
async function twoDevices(sale) {
  const anna = address('anna');
  const devices = [await stand.person({ phone: true }), await stand.person()];
  for (const [index, page] of devices.entries()) {
    await page.goto(sale.url);
    await signInByMail(page, mail, anna, index + 1);
  }
  return devices;
}

test('what is in the lobby from one device is in it at the other, where it can be withdrawn and entered again', async () => {
  const sale = await stand.sale({ name: 'Lamps by draw', participation: 'email', ...lobby(60_000) });
  const [phone, laptop] = await twoDevices(sale);
  await enter(phone);
  await standing(phone, 'entered');
  await laptop.reload();
  await standing(laptop, 'entered');
  assert.equal(await laptop.getByRole('button', { name: 'Enter the lobby' }).count(), 0, 'nobody is asked to enter twice');
  await laptop.getByText('For a check of your own').click();
  await laptop.getByText('as this browser kept it before the lobby closed').waitFor();
  await laptop.getByText('Your entry’s id').waitFor();
  await isAccessible(laptop, 'an entry from another device');
  await laptop.getByRole('button', { name: 'Withdraw' }).click();
  await laptop.getByRole('button', { name: 'Withdraw' }).last().click();
  await laptop.getByRole('heading', { name: 'You have withdrawn' }).waitFor();
  await phone.getByRole('heading', { name: 'You have withdrawn' }).waitFor();
  await laptop.getByRole('button', { name: 'Enter again' }).click();
  await laptop.getByLabel('Quantity').fill('2');
  await enter(laptop);
  await standing(laptop, 'entered');
  await phone.reload();
  await phone.getByRole('button', { name: 'Enter again' }).click();
  await standing(phone, 'entered');
  await phone.locator('.figures').getByText('2', { exact: true }).waitFor();
  [phone, laptop].forEach(noTroubles);
});

test('two clicks in a pause are two reservations: it was said before, both are shown, and both are paid', async () => {
  const sale = await stand.sale({ participation: 'email' });
  const [phone, laptop] = await twoDevices(sale);
  await stand.pause(sale, 'lunch');
  const warning = laptop.getByText('If you have clicked at another device before');
  await warning.waitFor();
  await isAccessible(laptop, 'a click that may be the second');
  await buy(phone);
  await standing(phone, 'in_line');
  assert.equal(await phone.getByText('If you have clicked at another device before').count(), 0);
  await buy(laptop);
  await standing(laptop, 'in_line');
  await stand.admin('POST', `/events/${sale.id}/resume`, {});
  for (const page of [phone, laptop]) {
    await standing(page, 'reserved');
    await page.getByRole('heading', { name: 'You also have in this sale' }).waitFor();
    await page.locator('[data-other=reserved]').getByText('Pay within').waitFor();
  }
  await isAccessible(phone, 'two reservations');
  await laptop.reload();
  await laptop.getByRole('button', { name: 'Show: 1 × Lamp' }).waitFor();
  await pay(phone);
  await standing(phone, 'confirmed');
  await phone.getByRole('button', { name: 'Show: 1 × Lamp' }).click();
  await standing(phone, 'reserved');
  await phone.getByLabel('Card number').waitFor();
  await pay(phone);
  await standing(phone, 'confirmed');
  assert.equal(await phone.locator('[data-other]').count(), 0);
  [phone, laptop].forEach(noTroubles);
});

test('a paused draw decides nothing and says so, to who is in and to who came late', async () => {
  const sale = await stand.sale({ ...lobby(8_000) });
  const [inside, late] = [await stand.person(), await stand.person({ phone: true })];
  for (const page of [inside, late]) await page.goto(sale.url);
  await enter(inside);
  await standing(inside, 'entered');
  await stand.pause(sale, 'lunch');
  await inside.getByText('nothing is decided until it goes on').waitFor();
  assert.equal(await inside.getByText('Decided in').count(), 0, 'nothing counts down to it');
  await late.getByRole('button', { name: 'The lobby has closed' }).waitFor();
  assert.equal(await late.getByText('You can take a place in line meanwhile').count(), 0, 'nobody can');
  const click = late.getByRole('button', { name: 'Buy', exact: true });
  await click.waitFor();
  await late.getByText('You can take a place in line meanwhile').waitFor();
  await click.click();
  await standing(late, 'in_line');
  await late.getByText('Those who were in the lobby are decided first.').waitFor();
  assert.equal(await late.getByText('You are next').count(), 0);
  assert.equal(await inside.getByText('The entries are being decided').count(), 0, 'they are not');
  await isAccessible(late, 'late for a paused draw');
  await isAccessible(inside, 'a paused draw');
  await stand.admin('POST', `/events/${sale.id}/resume`, {});
  for (const page of [inside, late]) await standing(page, 'reserved');
  [inside, late].forEach(noTroubles);
});

test('a draw that was called off offers no check', async () => {
  const sale = await stand.sale({ ...lobby(60_000) });
  const page = await stand.person();
  await page.goto(sale.url);
  await enter(page);
  await standing(page, 'entered');
  await stand.admin('POST', `/events/${sale.id}/stop`, { reason: 'no lamps' });
  await page.getByRole('heading', { name: 'The sale was stopped' }).waitFor();
  await page.getByText('there was no draw, and there is nothing to check').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Check the draw' }).count(), 0);
  assert.equal(await page.getByText('Tell me, also when this page is closed').count(), 0, 'there is nothing to tell');
  noTroubles(page);
});
