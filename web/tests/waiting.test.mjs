// Waiting in line: what is asked for, how far one has come, what may come of it, and the ways out.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { requireChromium, Stand } from './stand.mjs';
import { buy, isAccessible, noTroubles, standing } from './steps.mjs';

let stand;
before(async () => {
  requireChromium();
  stand = await Stand.start();
});
afterEach(() => stand.everybodyLeaves());
after(() => stand?.stop());

/** A paused sale of so many with others in line, and a page that waits behind them. */
async function behind(others, left) {
  const sale = await stand.sale({ allocation: left + 1 });
  const page = await stand.person({ phone: true });
  await page.goto(sale.url);
  // How many wait is known once the line was heard.
  await (await stand.shopper()).buy(sale);
  await page.getByText(`${left} of ${left + 1} left`).waitFor();
  await stand.pause(sale, 'a lorry is late');
  for (let at = 0; at < others; at += 1) await (await stand.shopper()).buy(sale);
  await buy(page, { quantity: 2 });
  await standing(page, 'in_line');
  return { sale, page };
}

test('who waits sees what for, how far they have come, and what may come of it', async () => {
  const { sale, page } = await behind(6, 3);
  const view = page.locator('[data-state=in_line]');
  await view.locator('.asked').getByText('2 × Lamp').waitFor();
  await view.locator('.asked img').waitFor();
  await view.getByText('When you came: 6').waitFor();
  const way = view.getByRole('progressbar', { name: 'Your way through the line' });
  assert.equal(await way.evaluate((bar) => bar.value), 0);
  await view.getByText('6 before you, 3 left: standby is likely.').waitFor();
  await view.getByText('Once something is reserved for you, you have 2 minutes to pay, whether the page is open or not.').waitFor();
  await isAccessible(page, 'waiting behind others');
  // Where it began is known after a reload.
  await page.reload();
  await view.getByText('When you came: 6').waitFor();
  await stand.admin('POST', `/events/${sale.id}/resume`, {});
  await standing(page, 'standby');
  await page.getByText('Reserved by others and not yet paid for: 4.').waitFor();
  await isAccessible(page, 'on standby behind others');
  noTroubles(page);
});

test('who waits can leave the line, and nothing is kept for them', async () => {
  const { sale, page } = await behind(1, 9);
  await page.getByRole('button', { name: 'Leave the line' }).click();
  await page.getByText('Leave the line? You would not get your place back.').waitFor();
  await isAccessible(page, 'leaving the line');
  await page.getByRole('button', { name: 'Leave the line' }).click();
  await page.getByText('What you gave up goes back when the sale goes on.').waitFor();
  await stand.admin('POST', `/events/${sale.id}/resume`, {});
  await standing(page, 'cancelled');
  await page.getByText('8 of 10 left').waitFor();
  noTroubles(page);
});

test('the screen stays on while somebody waits in line, and not longer', async () => {
  const sale = await stand.sale();
  await stand.pause(sale, 'a lorry is late');
  const page = await stand.person();
  await page.addInitScript(() => {
    window.locks = 0;
    navigator.wakeLock.request = async () => {
      window.locks += 1;
      const lock = new EventTarget();
      lock.released = false;
      lock.release = async () => {
        lock.released = true;
        window.locks -= 1;
        lock.dispatchEvent(new Event('release'));
      };
      return lock;
    };
  });
  await page.goto(sale.url);
  assert.equal(await page.evaluate(() => window.locks), 0);
  await buy(page);
  await standing(page, 'in_line');
  await page.getByText('The screen stays on while you wait.').waitFor();
  assert.equal(await page.evaluate(() => window.locks), 1);
  await stand.admin('POST', `/events/${sale.id}/resume`, {});
  await standing(page, 'reserved');
  await page.waitForFunction(() => window.locks === 0);
  noTroubles(page);
});

test('what is reserved is in sight with its sum and its end, however far one has scrolled', async () => {
  const sale = await stand.sale({ hold_seconds: 40 });
  const page = await stand.person({ phone: true });
  await page.goto(sale.url);
  await buy(page, { quantity: 2 });
  await standing(page, 'reserved');
  const view = page.locator('[data-state=reserved]');
  await view.locator('.asked').getByText('€45.00').waitFor();
  assert.equal(await page.locator('.deadline.soon, .deadline.last').count(), 0, 'a short time to pay is no alarm from its beginning');
  await view.locator('.deadline.soon').waitFor({ timeout: 30_000 });
  await page.getByRole('button', { name: /^Pay/ }).scrollIntoViewIfNeeded();
  const box = await view.getByRole('timer').boundingBox();
  assert.ok(box.y >= 0 && box.y < 740, `the deadline is at ${box.y}`);
  await view.locator('.deadline.last').waitFor({ timeout: 40_000 });
  await isAccessible(page, 'the last seconds');
  noTroubles(page);
});

test('one banner says how the sale stands, and what it says is true', async () => {
  const sale = await stand.sale({ opensInMs: 5_000 });
  const page = await stand.person({ phone: true });
  await page.goto(sale.url);
  const banner = page.locator('[data-status]');
  const is = (word) => page.locator(`[data-status=${word}]`).waitFor();
  await is('upcoming');
  await banner.getByText('Opens in').waitFor();
  await is('active');
  await banner.getByText('Closes in').waitFor();
  await stand.pause(sale, 'a lorry is late');
  await is('paused');
  await banner.getByText('The figures stand still meanwhile.').waitFor();
  assert.equal(await banner.getByText('Closes in').count(), 0, 'nobody knows when');
  await page.context().setOffline(true);
  await is('offline');
  await banner.getByText(/What you see is as of \d/).waitFor();
  assert.equal(await page.getByText('Paused', { exact: true }).count(), 0, 'nobody knows that now');
  await page.context().setOffline(false);
  await is('paused');
  await stand.admin('POST', `/events/${sale.id}/stop`, { reason: 'the goods were damaged' });
  await is('stopped');
  assert.equal(await page.locator('[data-status]').count(), 1);
  noTroubles(page);
});
