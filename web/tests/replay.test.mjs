// The replay of a sale, against the real system.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { requireChromium, Stand } from './stand.mjs';
import { isAccessible, noTroubles, signIn, until } from './steps.mjs';

let stand;
before(async () => {
  requireChromium();
  stand = await Stand.start();
});
afterEach(() => stand.everybodyLeaves());
after(() => stand?.stop());

const heading = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor();
const tile = (page, name) => page.locator('dl.tiles div', { has: page.getByText(name, { exact: true }) }).locator('dd');
const shows = (page, name, value) => tile(page, name).filter({ hasText: new RegExp(`^${value}$`) }).waitFor();

/** A sale that is over: two have paid, one holds what nobody pays for, one came too late. */
async function over() {
  const sale = await stand.sale({ allocation: 3, name: 'Lamps at half price' });
  for (let buyer = 0; buyer < 4; buyer += 1) {
    const shopper = await stand.shopper();
    const { attempt_id: attempt } = await shopper.buy(sale);
    const state = buyer < 3 ? 'reserved' : 'standby';
    await until(state, async () => (await shopper.call('GET', `/sales/${sale.id}/attempts/${attempt}`)).state === state);
    if (buyer < 2) await shopper.call('POST', `/sales/${sale.id}/reservations/${attempt}/payments`, { card_token: 'tok_ok' });
  }
  await stand.admin('POST', `/events/${sale.id}/pause`, { reason: 'a lorry is late' });
  await stand.admin('POST', `/events/${sale.id}/resume`);
  await until('recorded', async () => (await stand.admin('GET', `/events/${sale.id}/history`)).points.sold_units.at(-1) === 2);
  await stand.admin('POST', `/events/${sale.id}/stop`, { reason: 'enough' });
  // Not every door knows at once that the sale is stopped: until then, there is no report.
  const report = () => stand.admin('GET', `/events/${sale.id}/report`).catch(() => undefined);
  await until('the end is recorded', async () => (await report())?.standby.unserved === 1);
  return sale;
}

test('a sale that is over is played back, and ends as its report says', async () => {
  const sale = await over();
  const page = await stand.person();
  await signIn(page, stand);
  await page.goto(`/admin#/events/${sale.id}/report`);
  await page.getByRole('link', { name: 'Replay' }).click();
  await heading(page, `Replay: ${sale.name}`);
  await shows(page, 'Left', 3);
  await shows(page, 'Answered so far', 0);
  await page.getByText('Nothing so far.').waitFor();

  // Round by round with the keys: the first decides for the first shopper.
  const decisions = page.locator('ol.decisions li');
  await until('the first round', async () => {
    await page.keyboard.press('ArrowRight');
    return decisions.count();
  });
  await decisions.filter({ hasText: 'granted 1 ×' }).first().waitFor();
  const slider = page.getByRole('slider', { name: 'Moment of the sale' });

  // With Shift, from event to event.
  await slider.focus();
  await page.keyboard.press('End');
  await page.keyboard.press('Shift+ArrowLeft');
  const stopped = Number(await slider.inputValue());
  await page.keyboard.press('Shift+ArrowLeft');
  await until('an event before', async () => Number(await slider.inputValue()) < stopped);

  await slider.focus();
  await page.keyboard.press('Home');
  await shows(page, 'Answered so far', 0);
  await page.getByRole('button', { name: '60×' }).click();
  await page.getByRole('heading', { level: 1 }).focus();
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Play again' }).waitFor();
  const report = await stand.admin('GET', `/events/${sale.id}/report`);
  for (const [name, value] of [
    ['Left', report.demand.left_units],
    ['Held', report.demand.held_units],
    ['Sold', report.demand.sold_units],
    ['Answered so far', report.demand.attempts],
    ['Reserved by the answer', report.demand.answers.reserved],
    ['On standby', report.standby.waiting],
  ]) {
    await shows(page, name, value);
  }
  await page.locator('ol.decisions li').filter({ hasText: 'standby ended unserved' }).waitFor();
  await page.getByRole('status').filter({ hasText: 'The end of what is recorded.' }).waitFor();
  await page.locator('figure.chart', { hasText: 'Stock' }).getByText(`Sold: ${report.demand.sold_units}`).waitFor();
  assert.equal(await page.locator('figure.chart').count(), 4);
  await isAccessible(page, 'the replay');
  noTroubles(page);
});

test('a replay whose journal is forgotten while it is read begins anew, and mixes nothing', async () => {
  const sale = await over();
  const page = await stand.person();
  await signIn(page, stand);
  let [firsts, laters] = [0, 0];
  await page.route(/\/replay(\?|$)/, async (route) => {
    const isLater = route.request().url().includes('after=');
    const answer = await route.fetch();
    const part = await answer.json();
    if (isLater) laters += 1;
    else firsts += 1;
    // The first time, the rest comes from something else.
    if (!isLater && firsts === 1) return route.fulfill({ json: { ...part, frames: part.frames.slice(0, 2), next_after: 1 } });
    if (isLater) return route.fulfill({ json: { ...part, source: 'history', frames: part.frames.map((frame) => ({ ...frame, items: [] })) } });
    return route.fulfill({ json: part });
  });
  await page.goto(`/admin#/events/${sale.id}/replay`);
  await heading(page, `Replay: ${sale.name}`);
  await page.getByRole('button', { name: 'Next step' }).waitFor();
  assert.deepEqual([firsts, laters], [2, 1]);
  // Each decision leads to its order.
  const order = page.locator('ol.decisions li', { hasText: 'granted' }).getByRole('link').first();
  await until('units are given', async () => {
    if (await order.isVisible()) return true;
    await page.getByRole('button', { name: 'Next step' }).click();
    return false;
  });
  assert.match(await order.getAttribute('href'), /^#\/orders\?q=[0-9a-f-]{36}$/);
  noTroubles(page);
});

test('steps of the same millisecond are seen one by one, and of a long sale one can look closer', async () => {
  const sale = await over();
  const page = await stand.person();
  await signIn(page, stand);
  const asked = [];
  await page.route(/\/replay(\?|$)/, async (route) => {
    const url = new URL(route.request().url());
    asked.push(url.searchParams.get('from'));
    const part = await (await route.fetch()).json();
    const at = part.frames[0]?.at_ms ?? 0;
    const step = url.searchParams.has('from') ? 1 : 7;
    return route.fulfill({ json: { ...part, step, frames: part.frames.map((frame) => ({ ...frame, at_ms: at })) } });
  });
  const told = await stand.admin('GET', `/events/${sale.id}/replay`);
  await page.goto(`/admin#/events/${sale.id}/replay`);
  await heading(page, `Replay: ${sale.name}`);
  const next = page.getByRole('button', { name: 'On by 7 steps' });
  const answered = page.locator('dl.tiles div', { has: page.getByText('Answered so far', { exact: true }) }).locator('dd');
  for (const frame of told.frames.slice(1)) {
    await next.click();
    await answered.filter({ hasText: new RegExp(`^${frame.attempts.served}$`) }).waitFor();
    await page.locator('figure.chart', { hasText: 'Stock' }).getByText(`Held: ${frame.held_units}`).waitFor();
  }
  await page.getByRole('button', { name: 'Look closer: every step around this moment' }).click();
  await page.getByText('Shown is a stretch of the sale').waitFor();
  assert.equal(asked.at(-1), '0');
  await page.getByRole('button', { name: 'The whole sale again' }).click();
  await next.waitFor();
  noTroubles(page);
});

test('a replay fits a phone, in the dark too', async () => {
  const sale = await over();
  const page = await stand.person({ phone: true, dark: true });
  await signIn(page, stand);
  await page.goto(`/admin#/events/${sale.id}/replay`);
  await heading(page, `Replay: ${sale.name}`);
  await page.getByRole('button', { name: 'Next step' }).click();
  await page.getByRole('button', { name: 'Next step' }).click();
  await page.locator('ol.decisions li').first().waitFor();
  await isAccessible(page, 'the replay on a phone');
  noTroubles(page);
});
