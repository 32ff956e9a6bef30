// A shopper's experience, against the real system.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import { requireChromium, Stand } from './stand.mjs';
import { buy, isAccessible, noTroubles, pay, signIn, standing } from './steps.mjs';

let stand;
before(async () => {
  requireChromium();
  // Sessions that end while people wait.
  stand = await Stand.start({ FLASHLINE_SESSION_SECONDS: '5' });
});
afterEach(() => stand.everybodyLeaves());
after(() => stand?.stop());

test('buy, wait, pay, confirmed; the order number stays after a reload', async () => {
  const sale = await stand.sale({ name: `Lamps ${randomUUID().slice(0, 8)}` });
  const page = await stand.person();
  await page.goto('/');
  await page.getByRole('link', { name: sale.name }).waitFor();
  await isAccessible(page, 'the list');
  await page.getByRole('link', { name: sale.name }).click();
  await page.getByText('10 of 10 left').waitFor();
  await isAccessible(page, 'the sale');
  await buy(page, { quantity: 2 });
  await standing(page, 'reserved');
  await page.getByText('Total: €45.00').waitFor();
  await page.getByText('8 of 10 left').waitFor();
  await isAccessible(page, 'the reservation');
  await pay(page);
  await standing(page, 'confirmed');
  const order = await page.locator('[data-order]').textContent();
  await isAccessible(page, 'the confirmation');
  await page.reload();
  assert.equal(await page.locator('[data-order]').textContent(), order);
  const { orders } = await stand.admin('GET', `/orders?event=${sale.id}`);
  assert.deepEqual(orders.map(({ number, quantity, total_minor }) => ({ number, quantity, total_minor })), [
    { number: order, quantity: 2, total_minor: 4500 },
  ]);
  noTroubles(page);
});

test('a wrong card is named, a declined one can be tried again', async () => {
  const sale = await stand.sale();
  const page = await stand.person();
  await page.goto(sale.url);
  await buy(page);
  await pay(page, '1234 5678');
  await page.getByText('This is not a card number.').waitFor();
  await pay(page, undefined, '01/20');
  await page.getByText('This card has expired.').waitFor();
  await pay(page, undefined, '13/30');
  await page.getByText('Give month and year').waitFor();
  await pay(page, '4000 0000 0000 0002');
  await page.getByText('The card was declined.').waitFor();
  await isAccessible(page, 'the declined card');
  await pay(page, undefined, '1230');
  await standing(page, 'confirmed');
  noTroubles(page);
});

test('a bank that asks is answered, and nothing is lost by leaving for it', async () => {
  const sale = await stand.sale({ hold_seconds: 20 });
  const page = await stand.person();
  await page.goto(sale.url);
  await buy(page);
  await pay(page, '4000 0025 0000 3155');
  await page.getByText('Your bank asks you to confirm the payment').waitFor();
  await page.getByText('Confirm within').waitFor();
  assert.equal(await page.getByLabel('Card number').count(), 0, 'one payment at a time');
  await isAccessible(page, 'what the bank asks');
  await page.reload();
  await page.getByRole('link', { name: 'Go to your bank' }).click();
  await page.getByRole('button', { name: 'No' }).click();
  await page.getByText('The card was declined.').waitFor();
  await pay(page, '4000 0025 0000 3155');
  await page.getByRole('link', { name: 'Go to your bank' }).click();
  await page.getByRole('heading', { name: 'Is it you who pays?' }).waitFor();
  // By the back button: it is still asked.
  await page.goBack();
  await page.getByRole('link', { name: 'Go to your bank' }).click();
  await page.getByRole('button', { name: 'Yes, it is me' }).click();
  await standing(page, 'confirmed');
  noTroubles(page);
});

test('of an order that is refunded in part, shopper and organiser read how much', async () => {
  const sale = await stand.sale();
  const page = await stand.person();
  await page.goto(sale.url);
  await buy(page, { quantity: 2 });
  await pay(page);
  await standing(page, 'confirmed');
  const number = await page.locator('[data-order]').textContent();
  const desk = await stand.person();
  await signIn(desk, stand);
  await desk.goto('/admin#/orders');
  await desk.getByLabel('Search').fill(number);
  await desk.getByRole('button', { name: `Refund ${number}` }).click();
  await desk.getByText('€45.00 of this order are left to refund.').waitFor();
  const sum = desk.getByLabel('How much goes back');
  assert.equal(await sum.inputValue(), '45.00');
  await sum.fill('4.50');
  await desk.getByLabel('Reason').fill('scratched');
  await isAccessible(desk, 'a refund in part');
  await desk.getByRole('button', { name: 'Refund the order' }).click();
  await desk.getByRole('cell', { name: 'paid, €4.50 of it refunded' }).waitFor();
  await page.getByText('€4.50 went back to you.').waitFor();
  await isAccessible(page, 'an order that is refunded in part');
  [page, desk].forEach(noTroubles);
});

test('a double click buys once', async () => {
  const sale = await stand.sale();
  const page = await stand.person();
  await page.goto(sale.url);
  await page.getByRole('button', { name: 'Buy', exact: true }).dblclick();
  await standing(page, 'reserved');
  await page.getByText('9 of 10 left').waitFor();
  const { attempts } = await stand.admin('GET', `/events/${sale.id}/figures`);
  assert.equal(attempts.served, 1);
});

test('standby is granted after another gives back; sold out for whom nothing can come back', async () => {
  const sale = await stand.sale({ allocation: 1, standby_max: 1, per_shopper_max: 1, quantity_max: 1 });
  const [first, second, third] = [await stand.person(), await stand.person(), await stand.person()];
  await first.goto(sale.url);
  await buy(first);
  await standing(first, 'reserved');
  await second.goto(sale.url);
  await buy(second);
  await standing(second, 'standby');
  await isAccessible(second, 'standby');
  await third.goto(sale.url);
  await third.getByRole('heading', { name: 'Sold out' }).waitFor();
  assert.equal(await third.getByRole('button', { name: 'Buy' }).count(), 0);
  await isAccessible(third, 'sold out');
  await first.getByRole('button', { name: 'Give it back' }).click();
  await first.getByRole('button', { name: 'Give it back' }).click();
  await standing(first, 'cancelled');
  await standing(second, 'reserved');
  await pay(second);
  await standing(second, 'confirmed');
  [first, second, third].forEach(noTroubles);
});

test('on standby everyone reads their own place, moves up, and can leave', async () => {
  const sale = await stand.sale({ allocation: 1, per_shopper_max: 1, quantity_max: 1 });
  const holder = await stand.shopper();
  await holder.buy(sale);
  const waiting = [];
  for (const place of ['1', '2', '3']) {
    const page = await stand.person();
    waiting.push(page);
    await page.goto(sale.url);
    await page.getByText('1 on standby').or(page.getByText('wait for what comes back')).waitFor();
    await buy(page);
    await standing(page, 'standby');
    await placeIs(page, place);
  }
  // Whoever comes back reads it again.
  await waiting[2].reload();
  await placeIs(waiting[2], '3');
  const [first, second, third] = waiting;
  await first.getByRole('button', { name: 'Leave standby' }).click();
  await first.getByText('Leave your place on standby?').waitFor();
  await isAccessible(first, 'leaving standby');
  await first.getByRole('button', { name: 'Leave standby' }).click();
  await standing(first, 'cancelled');
  await first.getByRole('heading', { name: 'You have given it up' }).waitFor();
  await placeIs(second, '1');
  await placeIs(third, '2');
  waiting.forEach(noTroubles);
});

// Only the first place is certain: whoever leaves from the middle is noticed when it is their turn.
const placeIs = (page, place) =>
  page.locator('[data-state=standby] dd').getByText(place === '1' ? '1' : `${place} at most`, { exact: true }).waitFor();

test('standby is granted after another reservation expires', async () => {
  const sale = await stand.sale({ allocation: 1, hold_seconds: 12, quantity_max: 1 });
  const [first, second] = [await stand.person(), await stand.person()];
  await first.goto(sale.url);
  await buy(first);
  await standing(first, 'reserved');
  await second.goto(sale.url);
  await buy(second);
  await standing(second, 'standby');
  await standing(first, 'expired');
  await isAccessible(first, 'the expired reservation');
  await standing(second, 'reserved');
});

test('a pause is seen by those who wait, with its reason, and ends', async () => {
  const sale = await stand.sale();
  const page = await stand.person();
  await page.goto(sale.url);
  await stand.pause(sale, 'a lorry is late');
  const paused = 'The organiser has paused the sale: a lorry is late.';
  await page.getByText(`${paused} You can take a place in line meanwhile.`).waitFor();
  await buy(page);
  await standing(page, 'in_line');
  await page.getByText(`${paused} Your place is kept.`).waitFor();
  await page.getByText('Known after the pause').waitFor();
  assert.equal(await page.getByText(/a second|few seconds/).count(), 0, 'nobody is served');
  await isAccessible(page, 'waiting');
  // Reload, and a second tab: the same place.
  await page.reload();
  await standing(page, 'in_line');
  const second = await page.context().newPage();
  await second.goto(sale.url);
  await standing(second, 'in_line');
  await stand.admin('POST', `/events/${sale.id}/resume`);
  await standing(page, 'reserved');
  await standing(second, 'reserved');
  const { attempts } = await stand.admin('GET', `/events/${sale.id}/figures`);
  assert.equal(attempts.served, 1);
  // Away and back by the back button.
  await page.goto('/');
  await page.goBack();
  await standing(page, 'reserved');
  noTroubles(page);
});

test('a pause stops the time to pay, and the end after it is the new one', async () => {
  const sale = await stand.sale({ hold_seconds: 60, closesInMs: 30_000 });
  const page = await stand.person();
  await page.goto(sale.url);
  await buy(page);
  await standing(page, 'reserved');
  await stand.pause(sale, 'a lorry is late');
  await page.getByText('Time stands still while the sale is paused.').waitFor();
  await page.getByText('Your reservation is kept.').waitFor();
  await isAccessible(page, 'a paused reservation');
  const clock = page.locator('[data-state=reserved] [role=timer]');
  // Where exactly the pause began, the page asks the server within seconds.
  await page.waitForTimeout(3_000);
  const stood = await clock.textContent();
  await page.waitForTimeout(3_000);
  assert.equal(await clock.textContent(), stood, 'it stands still');
  // Also when the page comes later, and past the planned end.
  await page.waitForTimeout(Math.max(0, Date.parse(sale.closes_at) + 1_000 - Date.now()));
  await page.reload();
  await page.getByText('Time stands still while the sale is paused.').waitFor();
  await page.getByText('Paused', { exact: true }).waitFor();
  assert.ok(Math.abs(seconds(await clock.textContent()) - seconds(stood)) <= 1, 'it stood still meanwhile');
  await stand.admin('POST', `/events/${sale.id}/resume`);
  await page.getByText('Time stands still').waitFor({ state: 'detached' });
  await page.waitForTimeout(2_500);
  const token = await page.evaluate(() => JSON.parse(localStorage.getItem('flashline.session')).token);
  const [wish] = await page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes('wish')).map((key) => JSON.parse(localStorage.getItem(key))));
  const answer = await fetch(`${stand.base}/api/v1/sales/${sale.id}/attempts/${wish.attemptId}`, { headers: { Authorization: `Bearer ${token}` } });
  const { deadline_ms } = await answer.json();
  const left = (deadline_ms - Date.now()) / 1_000;
  assert.ok(left > 10, `${left} s left`);
  const shown = seconds(await clock.textContent());
  assert.ok(Math.abs(shown - left) <= 2, `${shown} s shown, ${left} s left`);
  await pay(page);
  await standing(page, 'confirmed');
  noTroubles(page);
});

const seconds = (clock) => clock.split(':').reduce((total, part) => total * 60 + Number(part), 0);

test('the end of a hold is seen, spoken and heard before it comes', async () => {
  const sale = await stand.sale({ hold_seconds: 21 });
  const page = await stand.person();
  await page.addInitScript(() => {
    window.tones = 0;
    const original = AudioContext.prototype.createOscillator;
    AudioContext.prototype.createOscillator = function () {
      window.tones += 1;
      return original.call(this);
    };
  });
  await page.goto(sale.url);
  await buy(page);
  await standing(page, 'reserved');
  await page.getByRole('alert').getByText('Less than a minute left to pay.').waitFor();
  const before = await page.evaluate(() => window.tones);
  await page.getByRole('alert').getByText('Less than 15 seconds left to pay.').waitFor();
  await isAccessible(page, 'a hold that ends');
  await page.waitForFunction((tones) => window.tones > tones, before);
  await page.locator('[data-state=expired]').waitFor({ timeout: 30_000 });
  noTroubles(page);
});

test('the price follows the units, and one that has changed since the click is said before paying', async () => {
  const discount = { tiers: [{ units: 1, cut: { percent_off: 9000 } }] };
  const sale = await stand.sale({ allocation: 4, per_shopper_max: 1, quantity_max: 1, discount });
  const [page, other] = [await stand.person(), await stand.shopper()];
  await page.goto(sale.url);
  await page.locator('.price').getByText('€4.50', { exact: true }).waitFor();
  const now = page.getByRole('list', { name: 'Prices, step by step' }).locator('[aria-current=step]');
  assert.equal(await now.textContent(), 'First 1: €4.50 · now');
  await stand.pause(sale, 'a check');
  // Before this shopper in line, though their page cannot know.
  await other.buy(sale);
  await buy(page);
  await standing(page, 'in_line');
  await stand.admin('POST', `/events/${sale.id}/resume`);
  await standing(page, 'reserved');
  await page.getByText('The price has changed since you clicked: a unit was €4.50. You would now pay €45.00').waitFor();
  await isAccessible(page, 'a price that has changed');
  await page.locator('.price').getByText('€45.00', { exact: true }).first().waitFor();
  assert.equal(await now.textContent(), 'Then: €45.00 · now');
  noTroubles(page);
});

test('what cannot be had, and what can, is said as it is; an order is not forgotten', async () => {
  const discount = { tiers: [{ units: 1, cut: { percent_off: 9000 } }] };
  const sale = await stand.sale({ allocation: 3, per_shopper_max: 2, quantity_max: 2, hold_seconds: 120, discount });
  const page = await stand.person();
  await page.goto(sale.url);
  await page.getByLabel('Quantity').fill('2');
  await buy(page);
  await standing(page, 'reserved');
  await page.getByText('Not all of them were to be had at €4.50: you would pay €49.50 in all.').waitFor();
  assert.equal(await page.getByText('The price has changed').count(), 0);
  // One is left: two are too many, and one is not.
  const other = await stand.person();
  await other.goto(sale.url);
  const third = await stand.shopper();
  await third.buy(sale);
  await pay(page);
  await standing(page, 'confirmed');
  await other.getByLabel('Quantity').fill('2');
  await buy(other);
  await standing(other, 'sold_out');
  await other.getByText('There is less left than you asked for.').waitFor();
  await other.getByRole('button', { name: 'Start anew' }).click();
  await buy(other);
  await standing(other, 'standby');
  await page.getByRole('button', { name: 'Buy something else' }).click();
  await page.getByText('Your orders in this sale').waitFor();
  await page.locator('[data-order]').waitFor();
  await isAccessible(page, 'earlier orders');
  await page.reload();
  await page.locator('[data-order]').waitFor();
  await stand.admin('POST', `/events/${sale.id}/stop`, { reason: 'the van broke down.' });
  await other.getByText('Stopped', { exact: true }).first().waitFor();
  assert.equal(await other.getByText('You can wait for what comes back').count(), 0);
  noTroubles(page);
  noTroubles(other);
});

test('a payment that cannot be collected ends in words, and the questions end with it', async () => {
  const sale = await stand.sale();
  const page = await stand.person();
  const asked = [];
  page.on('request', (request) => request.url().includes('/attempts/') && asked.push(request.url()));
  await page.goto(sale.url);
  await buy(page);
  await pay(page, '4000 0000 0000 0341');
  await standing(page, 'cancelled');
  await page.getByText('The payment could not be collected, and what was reserved went back.').waitFor();
  await page.waitForTimeout(4_000);
  const before = asked.length;
  await page.waitForTimeout(5_000);
  assert.equal(asked.length, before);
  await page.getByRole('button', { name: 'Start anew' }).click();
  await buy(page);
  await pay(page);
  await standing(page, 'confirmed');
  noTroubles(page);
});

test('that one can start anew is said where there is a button for it, and nowhere else', async () => {
  const sale = await stand.sale();
  const page = await stand.person();
  await page.goto(sale.url);
  await buy(page);
  await pay(page, '4000 0000 0000 0341');
  await standing(page, 'cancelled');
  await page.getByText('You can start anew with another card.').waitFor();
  await page.getByRole('button', { name: 'Start anew' }).waitFor();
  await stand.admin('POST', `/events/${sale.id}/stop`, { reason: 'all lamps flicker' });
  await page.getByRole('button', { name: 'Start anew' }).waitFor({ state: 'detached' });
  assert.equal(await page.getByText('start anew').count(), 0);
  await page.getByText('The payment could not be collected, and what was reserved went back.').waitFor();
  noTroubles(page);
});

test('nothing to pay is one button, and no card', async () => {
  const sale = await stand.sale({ coupons: [{ code: 'GIFT', cut: { percent_off: 10_000 } }] });
  const page = await stand.person();
  await page.goto(sale.url);
  await page.getByRole('button', { name: 'Have a code?' }).click();
  await page.getByLabel('Coupon').fill('gift');
  await buy(page);
  await standing(page, 'reserved');
  assert.equal(await page.getByLabel('Card number').count(), 0);
  await isAccessible(page, 'nothing to pay');
  await page.getByRole('button', { name: 'Take it: nothing to pay' }).click();
  await standing(page, 'confirmed');
  noTroubles(page);
});

test('sessions end, and the shopper in every tab stays the same', async () => {
  const sale = await stand.sale({ hold_seconds: 60 });
  const page = await stand.person();
  const begun = [];
  page.context().on('request', (request) => request.url().endsWith('/api/v1/sessions') && begun.push(request.url()));
  await page.goto(sale.url);
  await buy(page);
  await standing(page, 'reserved');
  const shopper = () => page.evaluate(() => JSON.parse(localStorage.getItem('flashline.session')).shopper_id);
  const before = await shopper();
  const second = await page.context().newPage();
  await second.goto(sale.url);
  await standing(second, 'reserved');
  // Longer than a session here, and what clocks may differ by.
  await page.waitForTimeout(12_000);
  await Promise.all([page.reload(), second.reload()]);
  await standing(page, 'reserved');
  await standing(second, 'reserved');
  await pay(page);
  await standing(page, 'confirmed');
  await standing(second, 'confirmed');
  assert.equal(await shopper(), before);
  assert.equal(begun.length, 1, 'one shopper was begun');
  noTroubles(page);
});

test('a place under a session that cannot be renewed is said to be lost, not dropped', async () => {
  const sale = await stand.sale();
  const page = await stand.person();
  await page.goto(sale.url);
  await buy(page);
  await standing(page, 'reserved');
  await page.evaluate(() => {
    const session = JSON.parse(localStorage.getItem('flashline.session'));
    localStorage.setItem('flashline.session', JSON.stringify({ ...session, token: 'of.another.key', renew_at_ms: 0 }));
  });
  await page.reload();
  await standing(page, 'lost');
  await page.getByText('The shop no longer recognises this browser').waitFor();
  await isAccessible(page, 'a lost place');
  await page.getByRole('button', { name: 'Start anew' }).click();
  await buy(page);
  await standing(page, 'reserved');
  noTroubles(page);
});

test('sold out is said in the list too; a sale that there is not is no sale that loads', async () => {
  const sale = await stand.sale({ name: `Gone ${randomUUID().slice(0, 8)}`, allocation: 1, standby_max: 0, quantity_max: 1 });
  const [page, other] = [await stand.person(), await stand.shopper()];
  await other.buy(sale);
  await page.goto('/');
  const card = page.locator('article', { hasText: sale.name });
  await card.getByText('Sold out').waitFor();
  assert.equal(await card.getByText('Open now').count(), 0);
  for (const unknown of [randomUUID(), 'lamps']) {
    await page.goto(`/sales/${unknown}`);
    await page.getByRole('heading', { level: 1, name: 'There is no such sale' }).waitFor();
    assert.equal(await page.title(), 'There is no such sale');
    await isAccessible(page, 'no sale');
  }
  const answer = await page.goto('/nonsense');
  assert.equal(answer.status(), 404);
  await page.getByRole('heading', { level: 1, name: 'There is no such page' }).waitFor();
  noTroubles(page);
});

test('the page has a meaning for every state that the API may tell', async () => {
  const { components } = await stand.description();
  const tables = readFileSync(new URL('../src/shop/states.ts', import.meta.url), 'utf8').split('export const ');
  const known = (name) => [...tables.find((text) => text.startsWith(name)).matchAll(/^ {2}(\w+): '/gm)].map(([, word]) => word);
  assert.deepEqual(known('HAS').sort(), components.schemas.AttemptState.enum.sort());
  const told = [...components.schemas.PaymentView.properties.state.description.matchAll(/`(\w+)`/g)].map(([, word]) => word);
  assert.deepEqual(known('PAYMENT').sort(), told.sort());
});

test('the pages are typed by what this ingress says of its API', async () => {
  const copy = JSON.parse(readFileSync(new URL('../openapi.json', import.meta.url), 'utf8'));
  assert.deepEqual(copy, await stand.description(), 'web/openapi.json is out of date: run `npm --prefix web run describe`');
});

test('the opening is announced to who cannot see it', async () => {
  const sale = await stand.sale({ opensInMs: 12_000 });
  const page = await stand.person();
  await page.goto(sale.url);
  await page.getByRole('button', { name: 'Opens soon' }).waitFor();
  await page.getByRole('status').getByText('The sale is open now.').waitFor({ timeout: 20_000 });
  noTroubles(page);
});

test('the list is asked for whole once, the sale once', async () => {
  const sale = await stand.sale();
  const page = await stand.person();
  const [lists, sales] = [[], []];
  page.on('request', (request) => {
    if (request.url().endsWith('/api/v1/sales')) lists.push(request.headers()['if-none-match'] ?? 'whole');
  });
  page.on('response', (answer) => {
    if (answer.url().endsWith(`/api/v1${sale.url}`)) sales.push(answer.status());
  });
  await page.goto(sale.url);
  await page.getByText('10 of 10 left').waitFor();
  await page.waitForTimeout(3_000);
  assert.deepEqual(sales, [200]);
  await page.goto('/');
  await page.waitForTimeout(13_000);
  assert.equal(lists.filter((asked) => asked === 'whole').length, 1, `${lists}`);
  noTroubles(page);
});

test('a server restarts while a shopper waits: the place is kept, the answer comes', async () => {
  const sale = await stand.sale();
  const page = await stand.person();
  await page.goto(sale.url);
  await stand.pause(sale, 'maintenance');
  await buy(page);
  await standing(page, 'in_line');
  await stand.order('kill notifier');
  await page.getByText(/Connection lost|Live updates are blocked/).waitFor();
  await standing(page, 'in_line');
  await stand.order('start notifier');
  await stand.order('kill ingress');
  await stand.order('start ingress');
  await stand.admin('POST', `/events/${sale.id}/resume`);
  await standing(page, 'reserved');
  await page.getByText(/Connection lost|Live updates are blocked/).waitFor({ state: 'detached', timeout: 30_000 });
});

test('where sockets are blocked, the page asks instead', async () => {
  const sale = await stand.sale();
  const page = await stand.person({ blocked: ['socket'] });
  await page.goto(sale.url);
  await page.getByText('There are no live updates at the moment').waitFor();
  await buy(page);
  await standing(page, 'reserved');
  await pay(page);
  await standing(page, 'confirmed');
});

test('a stopped sale answers those who wait', async () => {
  const sale = await stand.sale();
  const page = await stand.person();
  await page.goto(sale.url);
  await stand.pause(sale, 'a check');
  await buy(page);
  await standing(page, 'in_line');
  await stand.admin('POST', `/events/${sale.id}/stop`, { reason: 'the goods were damaged' });
  await standing(page, 'refused');
  await page.getByText('the goods were damaged').waitFor();
});

test('the countdown follows the server, whatever the device believes, and opens the sale', async () => {
  const sale = await stand.sale({ opensInMs: 6_000 });
  const page = await stand.person();
  await page.clock.install({ time: new Date('2031-01-01T00:00:00Z') });
  await page.goto(sale.url);
  await page.locator('.tile b').last().filter({ hasText: /^0?[1-6]$/ }).waitFor();
  assert.ok(await page.getByRole('button', { name: 'Opens soon' }).isDisabled());
  for (let tick = 0; tick < 80 && (await page.getByRole('button', { name: 'Opens soon' }).count()); tick += 1) {
    await new Promise((go) => setTimeout(go, 100));
  }
  await buy(page);
  await standing(page, 'reserved');
});

test('an access code is asked for, and a wrong one refused in plain words', async () => {
  const coupons = [{ code: 'later', cut: { percent_off: 1000 } }];
  const sale = await stand.sale({ access_codes: ['members-only'], coupons });
  const page = await stand.person();
  await page.goto(sale.url);
  await page.getByLabel('Coupon').fill('later');
  await page.getByLabel('Access code').fill('guess');
  await buy(page, { quantity: 2 });
  await page.getByText('This access code is not valid.').waitFor();
  await isAccessible(page, 'the refusal');
  const filled = await Promise.all(['Quantity', 'Coupon', 'Access code'].map((name) => page.getByLabel(name).inputValue()));
  assert.deepEqual(filled, ['2', 'later', 'guess'], 'what was filled in stays');
  await page.getByLabel('Coupon').fill('');
  // As a phone writes it.
  await page.getByLabel('Access code').fill('Members-only');
  await buy(page);
  await standing(page, 'reserved');
});

test('by keyboard alone, on a phone, in the dark', async () => {
  const sale = await stand.sale();
  const page = await stand.person({ phone: true, dark: true });
  await page.goto(sale.url);
  await page.getByRole('heading', { name: sale.name }).waitFor();
  await isAccessible(page, 'the sale on a phone');
  const reach = async (name) => {
    for (let tabs = 0; tabs < 30; tabs += 1) {
      await page.keyboard.press('Tab');
      if (await page.evaluate((text) => document.activeElement?.textContent?.startsWith(text), name)) return;
    }
    assert.fail(`${name} cannot be reached by keyboard`);
  };
  await reach('Buy');
  await page.keyboard.press('Enter');
  await standing(page, 'reserved');
  // The focus is where the news is.
  await page.waitForFunction(() => document.activeElement?.tagName === 'H2');
  await isAccessible(page, 'the reservation on a phone');
  await reach('Pay');
});

test('every language is spoken, prices and direction follow', async () => {
  const sale = await stand.sale();
  const expected = [
    ['de-DE', 'Kaufen', 'ltr', /22,50\s€/],
    ['zh-CN', '购买', 'ltr', /€22\.50/],
    ['ar-EG', 'اشترِ', 'rtl', /€/],
    ['fr-FR', 'Buy', 'ltr', /€22\.50/],
  ];
  for (const [locale, word, direction, price] of expected) {
    const page = await stand.person({ locale, phone: true });
    await page.goto(sale.url);
    await page.getByRole('button', { name: word, exact: true }).waitFor();
    assert.equal(await page.evaluate(() => document.dir), direction);
    assert.match((await page.locator('.price strong').textContent()) ?? '', price);
    await isAccessible(page, `the sale in ${locale}`);
    noTroubles(page);
    await page.context().close();
  }
});

test('a crowd waits, and the page stays usable and polls no more than it is told', async () => {
  const others = Number(process.env.CROWD ?? 2_000);
  const sale = await stand.sale({ allocation: 3 });
  const crowd = await stand.crowd(sale, others);
  const page = await stand.person({ phone: true });
  const asked = [];
  page.on('request', (request) => request.url().includes('/api/') && asked.push(request.url()));
  await page.goto(sale.url);
  const clicked = Date.now();
  await buy(page);
  await standing(page, 'reserved');
  const waited = Date.now() - clicked;
  assert.ok(waited < 5_000, `reserved after ${waited} ms`);
  const before = asked.length;
  await page.waitForTimeout(3_000);
  assert.ok(asked.length - before <= 3, `asked ${asked.slice(before)}`);
  await pay(page);
  await standing(page, 'confirmed');
  crowd.leave();
  noTroubles(page);
  if (process.env.CROWD) console.log(`${others} others: reserved after ${waited} ms`);
});

test('a phone sleeps while its owner waits, and wakes up to the truth', async () => {
  const sale = await stand.sale();
  await stand.pause(sale, 'lunch');
  const page = await stand.person({ phone: true });
  await page.goto(sale.url);
  await buy(page);
  await standing(page, 'in_line');
  const phone = await page.context().newCDPSession(page);
  await phone.send('Page.setWebLifecycleState', { state: 'frozen' });
  await stand.admin('POST', `/events/${sale.id}/resume`, {});
  await new Promise((go) => setTimeout(go, 3_000));
  await phone.send('Page.setWebLifecycleState', { state: 'active' });
  await standing(page, 'reserved');
  noTroubles(page);
});
