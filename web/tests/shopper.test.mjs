// A shopper's experience, against the real system.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { requireChromium, Stand } from './stand.mjs';
import { buy, isAccessible, noTroubles, pay, standing } from './steps.mjs';

let stand;
before(async () => {
  requireChromium();
  stand = await Stand.start();
});
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
  await pay(page, '4000 0000 0000 0002');
  await page.getByText('The card was declined.').waitFor();
  await isAccessible(page, 'the declined card');
  await pay(page);
  await standing(page, 'confirmed');
  noTroubles(page);
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
  const entry = third.getByRole('button', { name: 'Buy', exact: true });
  if (await entry.isEnabled()) await entry.click();
  await third.getByText(/Sold out|All units are taken/).first().waitFor();
  await isAccessible(third, 'sold out');
  await first.getByRole('button', { name: 'Give it back' }).click();
  await first.getByRole('button', { name: 'Give it back' }).click();
  await standing(first, 'cancelled');
  await standing(second, 'reserved');
  await pay(second);
  await standing(second, 'confirmed');
  [first, second, third].forEach(noTroubles);
});

test('standby is granted after another reservation expires', async () => {
  const sale = await stand.sale({ allocation: 1, hold_seconds: 5, quantity_max: 1 });
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
  await page.getByText('The organiser has paused the sale: a lorry is late. Your place is kept.').waitFor();
  await buy(page);
  await standing(page, 'in_line');
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
  await page.getByText('Live updates are blocked here').waitFor();
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
  await page.getByText(/^00:0[1-6]$/).waitFor();
  assert.ok(await page.getByRole('button', { name: 'Opens soon' }).isDisabled());
  for (let tick = 0; tick < 80 && (await page.getByRole('button', { name: 'Opens soon' }).count()); tick += 1) {
    await new Promise((go) => setTimeout(go, 100));
  }
  await buy(page);
  await standing(page, 'reserved');
});

test('an access code is asked for, and a wrong one refused in plain words', async () => {
  const sale = await stand.sale({ access_codes: ['members-only'] });
  const page = await stand.person();
  await page.goto(sale.url);
  await page.getByLabel('Access code').fill('guess');
  await buy(page);
  await page.getByText('This access code is not valid.').waitFor();
  await page.getByLabel('Access code').fill('members-only');
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
