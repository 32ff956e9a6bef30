// The pictures of the README; or, with a folder, every view at phone and desktop width, light and dark:
// `node tests/screenshots.mjs [folder]`.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Stand } from './stand.mjs';
import { buy, pay, signIn, standing } from './steps.mjs';

const IN_README = ['sale-desktop-light', 'waiting-phone-dark', 'reserved-phone-light', 'live-desktop-light'];
const LOOKS = [
  { name: 'desktop-light' },
  { name: 'desktop-dark', dark: true },
  { name: 'phone-light', phone: true },
  { name: 'phone-dark', phone: true, dark: true },
];
const all = process.argv[2];
const folder = all ?? fileURLToPath(new URL('../../docs/pictures', import.meta.url));
mkdirSync(folder, { recursive: true });

const stand = await Stand.start();
const shoot = async (page, view, look) => {
  const name = `${view}-${look.name}`;
  if (all || IN_README.includes(name)) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: view !== 'sales' });
};

async function shopper(look) {
  const sale = await stand.sale({ name: 'Lamps at half price', allocation: 40 });
  const page = await stand.person(look);
  await page.goto('/');
  await page.getByRole('link', { name: sale.name }).first().waitFor();
  await shoot(page, 'sales', look);
  await page.goto(sale.url);
  await page.getByText('40 of 40 left').waitFor();
  await shoot(page, 'sale', look);
  await stand.pause(sale, 'a lorry is late');
  await buy(page, { quantity: 2 });
  await standing(page, 'in_line');
  await page.getByText('a lorry is late').waitFor();
  await shoot(page, 'waiting', look);
  await stand.admin('POST', `/events/${sale.id}/resume`);
  await standing(page, 'reserved');
  await page.getByText('38 of 40 left').waitFor();
  await shoot(page, 'reserved', look);
  await pay(page);
  await page.locator('[data-order]').waitFor();
  await shoot(page, 'confirmed', look);
  await page.context().close();
  return sale;
}

/** A handful of shoppers over the API, so that there is something to see. */
async function crowd(sale, count) {
  for (let shopper = 0; shopper < count; shopper += 1) {
    const { token } = await (await fetch(`${stand.base}/api/v1/sessions`, { method: 'POST' })).json();
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', 'Idempotency-Key': 'a-click-of-mine' };
    const body = JSON.stringify({ sku: sale.sku, quantity: 1 });
    await fetch(`${stand.base}/api/v1/sales/${sale.id}/attempts`, { method: 'POST', headers, body });
    await new Promise((go) => setTimeout(go, 100 + 300 * Math.random()));
  }
}

async function admin(look, sale) {
  const page = await stand.person(look);
  await signIn(page, stand);
  await shoot(page, 'events', look);
  await page.goto(`/admin#/events/${sale.id}`);
  await page.locator('canvas').first().waitFor();
  await crowd(sale, 35);
  await shoot(page, 'live', look);
  for (const [view, title] of [['new', 'New sale'], ['orders', 'Orders'], ['audit', 'Audit log'], ['health', 'Health']]) {
    await page.goto(`/admin#/${view}`);
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
    await page.waitForTimeout(500);
    await shoot(page, view, look);
  }
  await page.context().close();
}

try {
  for (const look of LOOKS) {
    const sale = await shopper(look);
    await admin(look, sale);
  }
} finally {
  await stand.stop();
}
