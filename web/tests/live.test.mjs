// The live view of a sale, and the report afterwards, against the real system.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
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
const chart = (page, title) => page.locator('figure.chart', { has: page.getByText(title, { exact: true }) });

/** A sale in which somebody has paid, and others hold, before anybody looks. */
async function sold() {
  const sale = await stand.sale({ allocation: 3, name: 'Lamps at half price' });
  for (let buyer = 0; buyer < 3; buyer += 1) {
    const shopper = await stand.shopper();
    const { attempt_id: attempt } = await shopper.buy(sale);
    await until('reserved', async () => (await shopper.call('GET', `/sales/${sale.id}/attempts/${attempt}`)).state === 'reserved');
    if (buyer < 2) await shopper.call('POST', `/sales/${sale.id}/reservations/${attempt}/payments`, { card_token: 'tok_ok' });
  }
  await stand.admin('POST', `/events/${sale.id}/pause`, { reason: 'a lorry is late' });
  await stand.admin('POST', `/events/${sale.id}/resume`);
  await until('recorded', async () => (await stand.admin('GET', `/events/${sale.id}/history`)).points.sold_units.at(-1) === 2);
  return sale;
}

test('a new tab shows the whole sale, and what was done to it', async () => {
  const sale = await sold();
  const page = await stand.person();
  await signIn(page, stand);
  await page.goto(`/admin#/events/${sale.id}`);
  await heading(page, sale.name);
  await chart(page, 'Stock').getByText('Sold: 2').waitFor();
  const marks = page.locator('ol.marks li');
  await marks.filter({ hasText: 'paused · a lorry is late' }).waitFor();
  // That nothing was left is known to the second: what was done in it may stand before.
  const said = (await marks.allTextContents()).map((text) => /opened|paused|resumed|nothing left/.exec(text)?.[0]);
  assert.deepEqual(said.toSorted(), ['nothing left', 'opened', 'paused', 'resumed']);
  await page.getByRole('button', { name: 'Last 10 minutes' }).click();
  await page.getByRole('button', { name: 'Last 10 minutes', pressed: true }).waitFor();
  await chart(page, 'Stock').getByText('Sold: 2').waitFor();
  await isAccessible(page, 'the live view');
  noTroubles(page);
});

test('charts read as the person reads', async () => {
  const sale = await sold();
  const page = await stand.person({ locale: 'de-DE' });
  await page.addInitScript(() => {
    globalThis.written = [];
    const { fillText } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
      globalThis.written.push(text);
      return fillText.call(this, text, ...place);
    };
  });
  await page.goto('/admin');
  await page.locator('.other-way').click();
  await page.getByLabel('API-Schlüssel').fill(stand.adminToken);
  await page.getByRole('button', { name: 'Anmelden' }).click();
  await page.getByRole('heading', { level: 1, name: 'Verkäufe' }).waitFor();
  await page.goto(`/admin#/events/${sale.id}`);
  await chart(page, 'Bestand').getByText('Verkauft: 2').waitFor();
  const written = await until('the axes are drawn', async () => {
    const all = await page.evaluate(() => globalThis.written);
    return all.some((text) => /^\d\d:\d\d:\d\d$/.test(text)) && all;
  });
  assert.ok(written.some((text) => /€/.test(text)), 'amounts are money');
  assert.ok(!written.some((text) => /[ap]m$|^\d+\/\d+/.test(text)), `no American times: ${written.join(' ')}`);
  noTroubles(page);
});

test('pausing and stopping stay in reach on a phone, however far down', async () => {
  const sale = await sold();
  const page = await stand.person({ phone: true, width: 390 });
  await signIn(page, stand);
  await page.goto(`/admin#/events/${sale.id}`);
  await heading(page, sale.name);
  await page.locator('canvas').last().scrollIntoViewIfNeeded();
  for (const name of ['Pause', 'Stop']) {
    const box = await page.getByRole('button', { name, exact: true }).boundingBox();
    assert.ok(box.y >= 0 && box.y + box.height < 200 && box.x + box.width <= 390, `${name}: ${JSON.stringify(box)}`);
  }
  noTroubles(page);
});

test('the report of a sale that is over: to read, to print, to take along', async () => {
  const sale = await sold();
  await stand.admin('POST', `/events/${sale.id}/stop`, { reason: 'enough' });
  const page = await stand.person();
  await signIn(page, stand);
  await page.goto(`/admin#/events/${sale.id}`);
  await page.getByRole('link', { name: 'Report' }).click();
  await heading(page, `Report: ${sale.name}`);
  const fact = (name) => page.locator('dl.facts div', { has: page.getByText(name, { exact: true }) }).locator('dd');
  await fact('Units sold').filter({ hasText: '2' }).waitFor();
  await page.getByText('nothing was left for the first time').waitFor();
  assert.equal(await page.getByText('From click to answer').count(), 0, 'nobody keeps it: nothing is said of it');
  await page.getByRole('row', { name: /^Lamp/ }).first().waitFor();
  assert.equal(await page.getByText('It may have been up to').count(), 0, 'it is known exactly');
  const item = page.getByRole('region', { name: 'By item' }).getByRole('row').nth(1);
  assert.match(await item.textContent(), /second/, 'how soon it was gone');
  await isAccessible(page, 'the report');
  const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'CSV' }).click()]);
  assert.match(readFileSync(await saved.path(), 'utf8'), /demand,,sold,2,units/);
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.getByRole('navigation').isVisible(), false);
  assert.equal(await page.getByRole('button', { name: 'Print' }).isVisible(), false);
  noTroubles(page);
});

test('before the end, in the reader’s language: when there will be a report', async () => {
  const sale = await sold();
  const page = await stand.person({ locale: 'de-DE' });
  await page.goto('/admin');
  await page.locator('.other-way').click();
  await page.getByLabel('API-Schlüssel').fill(stand.adminToken);
  await page.getByRole('button', { name: 'Anmelden' }).click();
  await page.getByRole('heading', { level: 1, name: 'Verkäufe' }).waitFor();
  await page.goto(`/admin#/events/${sale.id}/report`);
  await page.getByText('Einen Bericht gibt es, wenn der Verkauf vorbei ist').waitFor();
  noTroubles(page);
});

test('a report on a phone cuts no amount, and names the zone of each end of the sale', async () => {
  const sale = await sold();
  await stand.admin('POST', `/events/${sale.id}/stop`, { reason: 'enough' });
  const page = await stand.person({ phone: true, width: 390 });
  await signIn(page, stand);
  await page.route(/\/report$/, async (route) => {
    const told = await (await route.fetch()).json();
    // Clocks are put back in between.
    await route.fulfill({ json: { ...told, opens_at: '2026-10-24T10:00:00Z', opened_at: '2026-10-24T10:00:00Z', ended_at: '2026-10-26T10:00:00Z' } });
  });
  await page.goto(`/admin#/events/${sale.id}/report`);
  await heading(page, `Report: ${sale.name}`);
  const table = page.getByRole('region', { name: 'By item' });
  await table.waitFor();
  assert.ok(await table.evaluate((region) => region.scrollWidth <= region.clientWidth), 'all of it is to be seen');
  assert.match(await page.locator('article.report').textContent(), /Europe\/Berlin, UTC\+2.* – .*Europe\/Berlin, UTC\+1/);
  noTroubles(page);
});
