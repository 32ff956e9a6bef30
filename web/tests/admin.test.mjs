// An admin's job, against the real system.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { requireChromium, Stand } from './stand.mjs';
import { buy, isAccessible, noTroubles, pay, signIn, standing } from './steps.mjs';

let stand;
before(async () => {
  requireChromium();
  stand = await Stand.start();
});
after(() => stand?.stop());

const button = (page, name) => page.getByRole('button', { name, exact: true });
const heading = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor();

test('a wrong token is refused in plain words, and nothing is shown', async () => {
  const page = await stand.person();
  await page.goto('/admin');
  await isAccessible(page, 'sign in');
  await page.getByLabel('API token').fill('flt_nobody');
  await button(page, 'Sign in').click();
  await page.getByText('This token is not known, or no longer valid.').waitFor();
  assert.equal(await page.getByRole('navigation').count(), 0);
});

test('create, schedule, watch, pause, restock, resume, refund, stop', async () => {
  const page = await stand.person();
  await signIn(page, stand);
  await isAccessible(page, 'the list of sales');

  await button(page, 'New sale').click();
  await heading(page, 'New sale');
  const name = `Chairs ${randomUUID().slice(0, 8)}`;
  const sku = `chair-${randomUUID().slice(0, 8)}`;
  await page.getByLabel('Name', { exact: true }).fill(name);
  const local = (ms) => new Date(Date.now() + ms).toLocaleString('sv', { timeZone: 'Europe/Berlin' }).slice(0, 16).replace(' ', 'T');
  await page.getByLabel('Opens').fill(local(-60_000));
  await page.getByLabel('Closes').fill(local(3_600_000));
  await page.getByLabel('SKU').fill(sku);
  await page.getByLabel('Product name').fill('Chair');
  await page.getByLabel('List price').fill('80.00');
  await page.getByLabel('Allocation').fill('3');
  await page.getByLabel('Discount').selectOption('Tiers by units sold');
  await page.getByLabel('Units', { exact: true }).fill('1');
  await page.getByLabel('Percent', { exact: true }).fill('50');
  await button(page, 'Add a tier').click();
  await page.getByLabel('Units', { exact: true }).nth(1).fill('2');
  await page.getByLabel('Rule').nth(1).selectOption('Amount off');
  await page.getByLabel('Amount', { exact: true }).fill('10.00');
  await button(page, 'Add a coupon').click();
  await page.getByLabel('Code', { exact: true }).fill('SIT');
  await page.getByLabel('Percent', { exact: true }).nth(1).fill('5');
  await isAccessible(page, 'the form of a new sale');
  await page.getByLabel('Closes').fill(local(-3_600_000));
  await button(page, 'Schedule').click();
  await page.getByText('The sale must close after it opens.').waitFor();
  await page.getByLabel('Closes').fill(local(3_600_000));
  await button(page, 'Save as draft').click();
  await heading(page, name);
  await page.getByText('draft', { exact: true }).waitFor();
  await button(page, 'Schedule').click();
  await page.getByText('active', { exact: true }).waitFor();

  const { events } = await stand.admin('GET', '/events?limit=10');
  const { id } = events.find((event) => event.name === name);
  const made = await stand.admin('GET', `/events/${id}`);
  assert.deepEqual(made.items[0].discount, {
    tiers: [{ units: 1, cut: { percent_off: 5000 } }, { units: 2, cut: { amount_off: 1000 } }],
  });
  assert.deepEqual(made.coupons.map(({ code, cut }) => ({ code, cut })), [{ code: 'SIT', cut: { percent_off: 500 } }]);

  // A shopper buys, while the admin looks.
  const shopper = await stand.person({ phone: true });
  await shopper.goto(`/sales/${id}`);
  await buy(shopper);
  await standing(shopper, 'reserved');
  await pay(shopper);
  await standing(shopper, 'confirmed');
  const tile = (label) => page.locator('dl.tiles div', { has: page.getByText(label, { exact: true }) }).locator('dd');
  await tile('Orders, paid').filter({ hasText: '1' }).waitFor();
  await tile('Orders, failed').filter({ hasText: '0' }).waitFor();
  await tile('Sold, at its price').filter({ hasText: '€40.00' }).waitFor();
  await tile('Revenue').filter({ hasText: '€40.00' }).waitFor();
  await tile('Answer p95').filter({ hasText: 'ms' }).waitFor();
  assert.equal(await page.locator('canvas').count(), 3);
  await isAccessible(page, 'the live view');

  await button(page, 'Pause').click();
  await isAccessible(page, 'the dialog of a pause');
  await page.getByLabel('Reason').fill('the glue must dry');
  await button(page, 'Pause the sale').click();
  await page.getByText('paused', { exact: true }).waitFor();
  await shopper.getByText('the glue must dry').waitFor();
  await button(page, 'Resume').click();
  await page.getByText('active', { exact: true }).waitFor();

  await button(page, 'Restock').click();
  await page.getByLabel('Units').fill('7');
  await button(page, 'Restock now').click();
  await page.getByRole('row', { name: new RegExp(sku) }).getByRole('cell', { name: '10', exact: true }).waitFor();

  await page.getByRole('link', { name: 'Orders' }).click();
  await heading(page, 'Orders');
  await page.getByLabel('Sale').selectOption(name);
  await page.getByRole('row', { name: new RegExp(sku) }).waitFor();
  await isAccessible(page, 'the orders');
  const [saved] = await Promise.all([page.waitForEvent('download'), button(page, 'Export CSV').click()]);
  assert.equal(saved.suggestedFilename(), 'orders.csv');
  await page.getByRole('button', { name: /^Refund FL-/ }).click();
  await page.getByLabel('Reason').fill('it wobbles');
  await page.getByText('The units stay sold').waitFor();
  await isAccessible(page, 'the dialog of a refund');
  await button(page, 'Refund the order').click();
  await page.getByRole('cell', { name: 'refunded · units stay sold' }).waitFor();
  await page.getByRole('button', { name: /^Put the units of FL-/ }).click();
  await page.getByLabel('Reason').fill('somebody else may want it');
  await button(page, 'Put the units back').click();
  await page.getByRole('cell', { name: 'refunded · units are back in the sale' }).waitFor();
  assert.equal(await page.getByRole('button', { name: /^(Refund|Put the units of) FL-/ }).count(), 0);

  await page.getByRole('link', { name: 'Sales' }).click();
  await page.getByRole('link', { name }).click();
  await button(page, 'Stop').click();
  await page.getByLabel('Reason').fill('all chairs wobble');
  assert.ok(await button(page, 'Stop the sale').isDisabled(), 'asks twice');
  await page.getByLabel(/Type the name/).fill(name);
  await button(page, 'Stop the sale').click();
  await page.getByText('stopped', { exact: true }).waitFor();
  await shopper.getByText('all chairs wobble').first().waitFor();

  await page.getByRole('link', { name: 'Audit log' }).click();
  await heading(page, 'Audit log');
  for (const action of ['event.stop', 'event.resume', 'event.pause', 'event.schedule']) {
    await page.getByRole('cell', { name: action }).first().waitFor();
  }
  await isAccessible(page, 'the audit log');
  noTroubles(page);
});

test('health, on a phone, in the dark, by keyboard', async () => {
  const early = await stand.sale({ name: 'Not heard of yet' }); // its dispenser has hardly begun
  const page = await stand.person({ phone: true, dark: true });
  await signIn(page, stand);
  await isAccessible(page, 'the list of sales on a phone');
  await page.getByRole('link', { name: 'Health' }).focus();
  await page.keyboard.press('Enter');
  await heading(page, 'Health');
  await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
  for (const server of ['RabbitMQ', 'Redis', 'PostgreSQL']) await page.getByRole('row', { name: new RegExp(`${server} up`) }).waitFor();
  for (const service of ['ingress', 'dispenser', 'order-worker', 'notifier']) {
    await page.getByRole('row', { name: new RegExp(`^${service} up [1-9]`) }).waitFor();
  }
  await stand.order('kill notifier');
  await page.getByRole('row', { name: 'notifier down 0' }).waitFor();
  await stand.order('start notifier');
  await page.getByRole('row', { name: 'notifier up 1' }).waitFor();
  await page.getByRole('link', { name: early.name }).first().waitFor();
  await isAccessible(page, 'health on a phone');
  await page.getByRole('link', { name: 'Sales' }).click();
  await button(page, 'New sale').click();
  await heading(page, 'New sale');
  await isAccessible(page, 'the form on a phone');
  noTroubles(page);
});

test('the console speaks the language of its browser', async () => {
  const sale = await stand.sale({ name: 'Lamps' });
  const languages = {
    'de-DE': { signIn: 'Anmelden', token: 'API-Schlüssel', sales: 'Verkäufe', create: 'Neuer Verkauf', active: 'läuft', pause: 'Anhalten', revenue: '0,00', dir: 'ltr' },
    'zh-CN': { signIn: '登录', token: 'API 令牌', sales: '活动', create: '新建活动', active: '进行中', pause: '暂停', revenue: '0.00', dir: 'ltr' },
    'ar-EG': { signIn: 'تسجيل الدخول', token: 'رمز API', sales: 'العروض', create: 'عرض جديد', active: 'جارٍ', pause: 'إيقاف مؤقت', revenue: '٠٫٠٠', dir: 'rtl' },
  };
  for (const [locale, text] of Object.entries(languages)) {
    const page = await stand.person({ locale });
    await page.goto('/admin');
    assert.equal(await page.locator('html').getAttribute('dir'), text.dir);
    assert.equal(await page.locator('html').getAttribute('lang'), locale);
    await page.getByLabel(text.token).fill(stand.adminToken);
    await button(page, text.signIn).click();
    await heading(page, text.sales);
    await isAccessible(page, `the list of sales in ${locale}`);
    await page.getByRole('row', { name: /Lamps/ }).first().getByText(text.active).waitFor();
    await button(page, text.create).click();
    await heading(page, text.create);
    await isAccessible(page, `the form in ${locale}`);
    await page.goto(`/admin#/events/${sale.id}`);
    await button(page, text.pause).waitFor();
    await page.locator('dl.tiles').getByText(text.revenue, { exact: true }).waitFor();
    await isAccessible(page, `the live view in ${locale}`);
    const english = await page.locator('main').getByText(/^(Served|Orders, paid|Revenue|Held|Sold|Stock|Left|In line)$/).allTextContents();
    assert.deepEqual(english, []);
    noTroubles(page);
  }
});
