// The pictures of the README, and of every view at phone and desktop width, light and dark:
// `npm run screenshots [folder]`.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Stand } from './stand.mjs';
import { buy, pay, standing } from './steps.mjs';

const folder = process.argv[2] ?? fileURLToPath(new URL('../../docs/pictures', import.meta.url));
mkdirSync(folder, { recursive: true });

const stand = await Stand.start();
const looks = [
  { name: 'desktop-light' },
  { name: 'desktop-dark', dark: true },
  { name: 'phone-light', phone: true },
  { name: 'phone-dark', phone: true, dark: true },
];
try {
  for (const { name, ...look } of looks) {
    const shoot = (page, view) => page.screenshot({ path: `${folder}/${view}-${name}.png`, fullPage: look.phone ?? false });
    const sale = await stand.sale({ name: 'Lamps at half price', allocation: 40 });
    const page = await stand.person(look);
    await page.goto('/');
    await page.getByRole('link', { name: sale.name }).first().waitFor();
    await shoot(page, 'sales');
    await page.goto(sale.url);
    await page.getByText('40 of 40 left').waitFor();
    await shoot(page, 'sale');
    await stand.admin('POST', `/events/${sale.id}/pause`, { reason: 'a lorry is late' });
    await buy(page, { quantity: 2 });
    await standing(page, 'in_line');
    await shoot(page, 'waiting');
    await stand.admin('POST', `/events/${sale.id}/resume`);
    await standing(page, 'reserved');
    await shoot(page, 'reserved');
    await pay(page);
    await page.locator('[data-order]').waitFor();
    await shoot(page, 'confirmed');
    await page.context().close();
  }
} finally {
  await stand.stop();
}
