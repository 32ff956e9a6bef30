// The organiser's products: found, made, mended while a sale runs, pictured by upload, and as a spreadsheet.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
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

const some = () => randomUUID().slice(0, 8);

/** A photograph, as the browser makes one. */
async function photograph(page, width, height, type = 'image/jpeg') {
  const bytes = await page.evaluate(
    async ([width, height, type]) => {
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext('2d');
      context.fillStyle = 'teal';
      context.fillRect(0, 0, width, height / 2);
      return [...new Uint8Array(await (await canvas.convertToBlob({ type })).arrayBuffer())];
    },
    [width, height, type],
  );
  return Buffer.from(bytes);
}

test('a product is made with an uploaded picture, found again, and its text mended in a sale that runs', async () => {
  const page = await stand.person({ width: 390 });
  await signIn(page, stand);
  await page.getByRole('navigation').getByRole('link', { name: 'Products' }).click();
  await page.getByRole('heading', { level: 1, name: 'Products' }).waitFor();
  const [sku, name] = [`mug-${some()}`, `Blue mug ${some()}`];
  await page.getByRole('button', { name: 'New product' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('SKU').fill(sku);
  await dialog.getByLabel('Name', { exact: true }).fill(name);
  await dialog.getByLabel('List price').fill('12.50');
  const file = dialog.getByLabel('Upload a picture');
  // What is none is told at its field, and nothing is lost of the rest.
  await file.setInputFiles({ name: 'mug.png', mimeType: 'image/png', buffer: Buffer.from('<svg/>') });
  await dialog.getByText('picture: not a PNG, JPEG or WebP picture').waitFor();
  await isAccessible(page, 'a picture that was refused');
  await file.setInputFiles({ name: 'mug.jpg', mimeType: 'image/jpeg', buffer: await photograph(page, 800, 600) });
  await dialog.getByText('The picture is uploaded.').waitFor();
  const picture = await dialog.getByLabel('Address of the picture').inputValue();
  assert.match(picture, /^\/pictures\/[0-9a-f]{64}\.jpg$/);
  await dialog.locator(`img[src="${picture}"]`).waitFor();
  await isAccessible(page, 'a new product');
  await dialog.getByRole('button', { name: 'Make the product' }).click();
  await dialog.waitFor({ state: 'detached' });

  await page.getByLabel('Search').fill(name.slice(5).toUpperCase());
  const row = page.getByRole('row', { name });
  await row.waitFor();
  await until('the head and the one that was looked for', async () => (await page.getByRole('row').count()) === 2);
  await page.reload();
  await row.getByText(sku).waitFor();
  await row.getByText('€12.50').waitFor();
  await isAccessible(page, 'the products');

  // A shopper looks on while it is mended.
  const sale = await stand.sale({ items: [{ sku, allocation: 5 }] });
  const shopper = await stand.person({ phone: true });
  await shopper.goto(sale.url);
  await shopper.locator(`img[src="${picture}"]`).waitFor();
  await page.getByRole('button', { name: `Edit ${name}` }).click();
  await dialog.getByText('shoppers who have it open see it within about 20 seconds').waitFor();
  await dialog.getByLabel('Description').fill('Holds a third of a litre.');
  // By hand, as the file manager does.
  const dropped = [...(await photograph(page, 300, 900, 'image/png'))];
  await dialog.getByRole('group', { name: 'Picture' }).evaluate((field, bytes) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([new Uint8Array(bytes)], 'mug.png', { type: 'image/png' }));
    field.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  }, dropped);
  await dialog.getByText('The picture is uploaded.').waitFor();
  const second = await dialog.getByLabel('Address of the picture').inputValue();
  assert.match(second, /\.png$/, 'half of it is transparent');
  await dialog.getByRole('button', { name: 'Save the product' }).click();
  await dialog.waitFor({ state: 'detached' });
  await shopper.locator(`img[src="${second}"]`).waitFor({ timeout: 30_000 });
  await shopper.getByText('Holds a third of a litre.').waitFor();

  await page.goto('/admin#/audit');
  await page.getByText('uploaded the picture').first().waitFor();
  noTroubles(page);
  noTroubles(shopper);
});

test('what somebody else has changed meanwhile is shown, and not undone by mistake', async () => {
  const sku = await stand.product({ name: `Vase ${some()}` });
  const [{ id, name }] = (await stand.admin('GET', `/products?q=${sku}`)).products;
  const page = await stand.person();
  await signIn(page, stand);
  await page.goto(`/admin#/products?q=${sku}`);
  await page.getByRole('button', { name: `Edit ${name}` }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Description').fill('Mine.');
  const other = { method: 'PATCH', body: JSON.stringify({ name: 'Their vase', list_minor: 7_700 }) };
  const headers = { Authorization: `Bearer ${stand.adminToken}`, 'Content-Type': 'application/json', 'If-Match': '*' };
  assert.ok((await fetch(`${stand.base}/api/v1/admin/products/${id}`, { ...other, headers })).ok);
  await dialog.getByRole('button', { name: 'Save the product' }).click();
  await dialog.getByText('Somebody else has changed this product').waitFor();
  await dialog.getByText('Their vase').waitFor();
  await dialog.getByText('€77.00').first().waitFor();
  await isAccessible(page, 'a product that somebody else has changed');
  await dialog.getByRole('button', { name: 'Take what is there now' }).click();
  assert.equal(await dialog.getByLabel('Name', { exact: true }).inputValue(), 'Their vase');
  await dialog.getByLabel('Description').fill('Mine again.');
  await dialog.getByRole('button', { name: 'Save the product' }).click();
  await dialog.waitFor({ state: 'detached' });
  const saved = await stand.admin('GET', `/products/${id}`);
  assert.deepEqual([saved.name, saved.description, saved.list_minor], ['Their vase', 'Mine again.', 7_700]);
  noTroubles(page);
});

test('products go into a spreadsheet and back, and a line that is wrong is told by its number', async () => {
  const sku = await stand.product({ name: `Rug ${some()}` });
  const page = await stand.person({ width: 390 });
  await signIn(page, stand);
  await page.goto('/admin#/products');
  const downloaded = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export as CSV' }).click();
  const csv = readFileSync(await (await downloaded).path(), 'utf8');
  assert.match(csv, new RegExp(`\n${sku},Rug .*,45\\.00,EUR,\\d+\n`));
  await page.getByRole('button', { name: 'Import CSV' }).click();
  const dialog = page.getByRole('dialog');
  const send = (text) => dialog.getByLabel('CSV file').setInputFiles({ name: 'products.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
  await send(`sku,list_price\n${sku},50\n${sku}-b,1\n`);
  await dialog.getByText('line 3: currency: missing').waitFor();
  await isAccessible(page, 'a sheet with a wrong line');
  await send(csv.replace(`${sku},Rug`, `${sku},Woven rug`));
  await dialog.getByText('Made: 0. Changed: 1.').waitFor();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('row', { name: 'Woven rug' }).waitFor();
  await page.goto('/admin#/audit');
  await page.getByText('imported products from CSV').first().waitFor();
  noTroubles(page);
});

test('whoever may only read products is offered nothing that changes them', async () => {
  const { token } = await stand.admin('POST', '/tokens', { name: `Viewer ${some()}`, role: 'viewer' });
  await stand.product();
  const page = await stand.person({ locale: 'de-DE' });
  await page.goto('/admin#/products');
  await page.locator('.other-way').click();
  await page.getByLabel('API-Schlüssel').fill(token);
  await page.getByRole('button', { name: 'Anmelden' }).click();
  await page.getByRole('heading', { level: 1, name: 'Produkte' }).waitFor();
  await page.getByRole('table').waitFor();
  await page.getByRole('button', { name: 'Als CSV ausgeben' }).waitFor();
  for (const name of ['Neues Produkt', 'CSV einlesen', /bearbeiten$/]) assert.equal(await page.getByRole('button', { name }).count(), 0);
  noTroubles(page);
});
