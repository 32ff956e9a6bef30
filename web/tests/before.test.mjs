// A sale that is yet to open: the countdown, being reminded, the check of the device, sharing, filling in ahead; and what others are shown of a
// link to it, which is read without running anything.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { requireChromium, Stand } from './stand.mjs';
import { buy, isAccessible, noTroubles, pay, standing } from './steps.mjs';

let stand;
before(async () => {
  requireChromium();
  stand = await Stand.start({ FLASHLINE_LIMIT_SHOPPER: 'off', FLASHLINE_LIMIT_ADDRESS: 'off' });
});
afterEach(() => stand.everybodyLeaves());
after(() => stand?.stop());

const DAY_MS = 86_400_000;

test('the countdown says how long it takes, and the date with its zone', async () => {
  const sale = await stand.sale({ opensInMs: 2 * DAY_MS + 3 * 3_600_000, closesInMs: 3 * DAY_MS });
  const page = await stand.person();
  await page.goto(sale.url);
  const tiles = page.locator('.tile');
  await tiles.first().waitFor();
  assert.deepEqual(await page.locator('.tile small').allTextContents(), ['days', 'hours', 'minutes', 'seconds']);
  assert.match(await tiles.first().textContent(), /^2 days/);
  // Whatever zone the reader is in, it is named.
  const date = page.locator('.before .date time');
  assert.match(await date.textContent(), /day, .* \d{4} at .* GMT[+]\d/);
  assert.equal(Date.parse(await date.getAttribute('datetime')), Date.parse(sale.opens_at));
  assert.equal(await page.locator('.tiles').getAttribute('aria-live'), 'off', 'nobody is told each second');
  await isAccessible(page, 'before the sale');
  noTroubles(page);
});

test('how much is left is said when the last minute begins, and a lobby is counted down to first', async () => {
  const at = (ms) => new Date(Date.now() + ms).toISOString();
  // Time enough to read the page before the minute begins, however slow the machine is.
  const sale = await stand.sale({ opensInMs: 900_000, lobby: { opens_at: at(90_000), closes_at: at(600_000) } });
  const page = await stand.person();
  await page.goto(sale.url);
  await page.getByText('The lobby opens in').waitFor();
  const told = page.locator('.before [role=status].hidden-but-read');
  await told.waitFor({ state: 'attached' });
  assert.equal(await told.textContent(), '', 'the page has just been read');
  await told.getByText('The lobby opens in 60 seconds').waitFor({ state: 'attached', timeout: 60_000 });
  await isAccessible(page, 'before a draw');
  noTroubles(page);
});

test('a device is checked for real, and what is missing is named with what to do', async () => {
  const sale = await stand.sale({ opensInMs: DAY_MS, closesInMs: 2 * DAY_MS, machine_check: 'always' });
  const check = async (page) => {
    await page.goto(sale.url);
    await page.getByText('Check this device').click();
    await page.getByRole('button', { name: 'Check again' }).and(page.locator(':enabled')).waitFor({ timeout: 30_000 });
    return Object.fromEntries(await page.locator('.checks li').evaluateAll((lines) => lines.map(({ dataset }) => [dataset.check, dataset.how])));
  };
  const page = await stand.person({ phone: true });
  const found = await check(page);
  const { notifications, screen, ...needed } = found;
  assert.deepEqual(needed, { door: 'good', socket: 'good', clock: 'good', storage: 'good', work: 'good' });
  assert.ok(['good', 'note'].includes(notifications) && ['good', 'note'].includes(screen), JSON.stringify(found));
  await page.getByText('Nothing here keeps this device from buying.').waitFor();
  await isAccessible(page, 'the check of the device');
  noTroubles(page);

  const other = await stand.person({ blocked: ['socket', 'storage'] });
  const without = await check(other);
  assert.deepEqual([without.door, without.socket, without.storage], ['good', 'warn', 'warn']);
  await other.getByText('2 of these need a look').waitFor();

  // A clock that is wrong, and a shop that does not answer.
  const third = await stand.person();
  await third.clock.setSystemTime(Date.now() + 600_000);
  await third.route('**/api/v1/sales/*', (route) => (third.isAway ? route.abort() : route.continue()));
  assert.equal((await check(third)).clock, 'warn');
  await third.getByText('This device’s clock is 10 minutes fast.').waitFor();
  third.isAway = true;
  await third.getByRole('button', { name: 'Check again' }).click();
  await third.locator('[data-check=door][data-how=bad]').waitFor();
});

test('a link is copied or shared, and shown as a code that can be large', async () => {
  const sale = await stand.sale({ opensInMs: DAY_MS, closesInMs: 2 * DAY_MS });
  const page = await stand.person({ phone: true });
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: stand.base });
  await page.addInitScript(() => (navigator.share = async (shared) => void (window.shared = shared)));
  await page.goto(`${sale.url}?from=mail`);
  await page.locator('[data-choice=share] summary').click();
  await page.getByRole('button', { name: 'Copy the address' }).click();
  await page.getByText('The address is copied.').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `${stand.base}${sale.url}`);
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  assert.deepEqual(await page.evaluate(() => window.shared), { title: sale.name, url: `${stand.base}${sale.url}` });
  await isAccessible(page, 'sharing');
  await page.getByRole('button', { name: 'Show it large' }).click();
  const large = await page.locator('dialog svg').boundingBox();
  assert.ok(large.width > 250 && large.x >= 0 && large.x + large.width <= 375, JSON.stringify(large));
  await page.getByRole('button', { name: 'Close' }).click();
  noTroubles(page);
});

test('what is filled in ahead stays on the device, and is there when the sale asks', async () => {
  const buyer_fields = { name: 'required', email: 'required' };
  const coupons = [{ code: 'WARM', cut: { percent_off: 1000 } }];
  const sale = await stand.sale({ opensInMs: 12_000, buyer_fields, coupons });
  const page = await stand.person({ phone: true });
  const sent = [];
  page.on('request', (request) => sent.push(`${request.url()} ${request.postData() ?? ''}`));
  await page.goto(sale.url);
  await page.getByText('Fill in ahead').click();
  await page.getByLabel('Full name').fill('Ada Warm');
  await page.getByLabel('E-mail', { exact: false }).first().fill('ada@example.org');
  await page.locator('[name=ahead-coupon]').fill('WARM');
  await page.getByRole('button', { name: 'Keep it on this device' }).click();
  await page.getByText('Kept on this device, for this sale.').waitFor();
  await isAccessible(page, 'filled in ahead');
  await page.reload();
  await page.getByRole('button', { name: 'Buy', exact: true }).and(page.locator(':enabled')).waitFor({ timeout: 20_000 });
  assert.ok(!sent.some((one) => /Ada|ada@|WARM/.test(one)), 'nothing of it has left');
  await buy(page);
  await standing(page, 'reserved');
  await page.getByText('coupon WARM').waitFor();
  assert.equal(await page.getByLabel('Full name').inputValue(), 'Ada Warm');
  await page.getByRole('button', { name: 'Continue' }).click();
  await pay(page);
  await standing(page, 'confirmed');
  noTroubles(page);
});

test('a link to a sale is shown elsewhere by what is public of it, and by nothing that it brings', async () => {
  const hostile = '"><script>alert(1)</script> & lamps\'';
  const product = { image_url: '/images/lamp.svg' };
  const sale = await stand.sale({ name: hostile, description: 'Warm <b>light</b> for "all"', product });
  const draft = await stand.admin('POST', '/events', {
    name: 'Nobody knows', currency: 'EUR', opens_at: new Date(Date.now() + DAY_MS).toISOString(), closes_at: new Date(Date.now() + 2 * DAY_MS).toISOString(),
    scheduled: false, hold_seconds: 120, per_shopper_max: 2, quantity_max: 2, standby_max: 20, items: [{ sku: sale.sku, allocation: 1 }],
  });
  const read = async (path, headers = {}) => {
    const answer = await fetch(`${stand.base}${path}`, { headers });
    return { answer, text: await answer.text() };
  };
  const { answer, text } = await read(sale.url);
  const safe = '&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; lamps&#39;';
  assert.ok(text.includes(`<title>${safe}</title>`), text);
  assert.ok(!text.includes('<script>'), text);
  const meta = (name) => new RegExp(`<meta (?:property|name)="${name}" content="([^"]*)" />`).exec(text)?.[1];
  assert.equal(meta('og:title'), safe);
  assert.equal(meta('og:description'), 'Warm &lt;b&gt;light&lt;/b&gt; for &quot;all&quot;');
  assert.equal(meta('description'), meta('twitter:description'));
  assert.ok(meta('og:url').endsWith(sale.url) && meta('og:url').startsWith('http'), meta('og:url'));
  // Messengers draw no SVG.
  assert.equal(meta('og:image'), undefined);
  assert.deepEqual([meta('og:type'), meta('og:locale'), meta('twitter:card')], ['website', 'en_US', 'summary']);

  // Kept and guarded as the page without it.
  const plain = await read('/');
  for (const header of ['content-security-policy', 'cache-control', 'content-type', 'x-content-type-options']) {
    assert.equal(answer.headers.get(header), plain.answer.headers.get(header), header);
  }
  // What a shop says of itself is in the reader's language.
  assert.equal(answer.headers.get('vary'), 'accept-encoding, accept-language');
  const etag = answer.headers.get('etag');
  assert.equal((await read(sale.url, { 'If-None-Match': etag })).answer.status, 304);
  assert.ok(!(await read(sale.url, { 'Accept-Encoding': 'identity' })).answer.headers.get('content-encoding'));
  for (const path of [`/sales/${draft.id}`, '/sales/0197a0a0-0000-7000-8000-000000000000', '/sales/nonsense']) {
    const { text } = await read(path);
    assert.equal(text, plain.text, path);
  }
  const page = await stand.person();
  await page.goto(sale.url);
  await page.getByRole('heading', { level: 1, name: hostile }).waitFor();
  noTroubles(page);
});

test('every language has its words, and no page is too wide', async () => {
  const at = (ms) => new Date(Date.now() + ms).toISOString();
  const sale = await stand.sale({
    opensInMs: 12 * DAY_MS, closesInMs: 13 * DAY_MS, buyer_fields: { name: 'required', address: 'required' }, coupons: [{ code: 'WARM', cut: { percent_off: 1000 } }],
    lobby: { opens_at: at(DAY_MS), closes_at: at(11 * DAY_MS) },
  });
  for (const locale of ['de-DE', 'ar-EG', 'zh-CN']) {
    const page = await stand.person({ locale, width: 320 });
    await page.goto(sale.url);
    await page.locator('.choice').nth(3).waitFor();
    // At once: what opens moves the others away from under a click.
    await page.locator('.choice').evaluateAll((choices) => choices.forEach((choice) => (choice.open = true)));
    await page.locator('.checks').waitFor();
    await page.locator('.qr svg').first().waitFor();
    await page.locator('[name=ahead-coupon]').waitFor();
    await isAccessible(page, `before the sale in ${locale}`);
    noTroubles(page);
  }
});
