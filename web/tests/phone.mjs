// How the shop feels on a slow phone: `npm run phone`. Measured in Chromium with a CPU four times slower, 1.6 Mbit/s and a
// round trip of 150 ms; the median of several first visits. Figures, not a test: machines differ.
import { Stand } from './stand.mjs';

const VISITS = 7;
const SLOWER = 4;
const NETWORK = { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 };

const stand = await Stand.start();
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** One first visit: nothing is cached. */
async function visit(path, usable) {
  const page = await stand.person({ phone: true, width: 390 });
  const devtools = await page.context().newCDPSession(page);
  let bytes = 0;
  devtools.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
  await devtools.send('Network.enable');
  await devtools.send('Network.emulateNetworkConditions', NETWORK);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
  await page.addInitScript(() => {
    window.felt = { shift: 0, longest: 0, paint: 0 };
    const each = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
    each('layout-shift', (shift) => !shift.hadRecentInput && (window.felt.shift += shift.value));
    each('longtask', (task) => (window.felt.longest = Math.max(window.felt.longest, task.duration)));
    each('largest-contentful-paint', (paint) => (window.felt.paint = paint.startTime));
  });
  const from = performance.now();
  await page.goto(path, { waitUntil: 'commit' });
  await usable(page).waitFor();
  const usableMs = performance.now() - from;
  await page.waitForTimeout(2_000);
  const felt = await page.evaluate(() => window.felt);
  await page.context().close();
  return { usable_ms: usableMs, largest_paint_ms: felt.paint, shift: felt.shift, longest_task_ms: felt.longest, kilobytes: bytes / 1_000 };
}

const sale = await stand.sale({ allocation: 40 });
const views = {
  list: ['/', (page) => page.getByRole('link', { name: sale.name }).first()],
  sale: [sale.url, (page) => page.getByRole('button', { name: /^Buy/ }).first()],
};
for (const [view, [path, usable]] of Object.entries(views)) {
  const visits = [];
  for (let count = 0; count < VISITS; count += 1) visits.push(await visit(path, usable));
  const figures = Object.keys(visits[0]).map((name) => [name, Number(median(visits.map((one) => one[name])).toFixed(3))]);
  console.log(view, JSON.stringify(Object.fromEntries(figures)));
}
await stand.stop();
