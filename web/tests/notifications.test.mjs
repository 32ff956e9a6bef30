// Being told while the page is closed: switched on and off at the page; what is pushed goes through a real push service and is shown
// by the page's service worker.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort, Mail } from './mail.mjs';
import { requireChromium, Stand } from './stand.mjs';
import { buy, isAccessible, noTroubles, standing } from './steps.mjs';

const TELL = 'Tell me, also when this page is closed';
/** Of a sale that is yet to open. */
const REMIND = 'Remind me';

/** The push service, which decrypts what comes. */
class Pushes {
  static async open() {
    const pushes = new Pushes();
    const port = await freePort();
    pushes.url = `http://localhost:${port}`;
    const program = fileURLToPath(new URL('../node_modules/web-push-testing/src/bin/server.js', import.meta.url));
    pushes.process = spawn(process.execPath, [program, String(port)], { stdio: ['ignore', 'ignore', 'inherit'] });
    for (let tries = 0; tries < 100; tries += 1) {
      if (await pushes.post('/status').catch(() => undefined)) return pushes;
      await new Promise((go) => setTimeout(go, 100));
    }
    throw new Error('no push service');
  }

  post = (path, body = {}) =>
    fetch(`${this.url}${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

  async subscribe(key) {
    const { data } = await (await this.post('/subscribe', { userVisibleOnly: 'true', applicationServerKey: key })).json();
    return data;
  }

  /** The first message to a browser, as it was before it was encrypted. */
  async first(clientHash) {
    for (let tries = 0; tries < 300; tries += 1) {
      const { data } = await (await this.post('/get-notifications', { clientHash })).json();
      if (data?.messages.length) return data.messages[0];
      await new Promise((go) => setTimeout(go, 100));
    }
    throw new Error('no message came');
  }
}

let folder, mail, pushes, stand;
before(async () => {
  requireChromium();
  folder = mkdtempSync(join(tmpdir(), 'flashline-push-'));
  const key = join(folder, 'key.pem');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(key, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  [mail, pushes] = [await Mail.open(), await Pushes.open()];
  stand = await Stand.start({
    FLASHLINE_SMTP_URL: mail.url, FLASHLINE_MAIL_FROM: 'Lamps <tickets@shop.example>', FLASHLINE_EMAIL_KEY: randomBytes(32).toString('hex'),
    FLASHLINE_PUSH_KEY_FILE: key, FLASHLINE_PUSH_NETWORKS: '127.0.0.0/8,::1/128', FLASHLINE_LIMIT_SHOPPER: 'off',
  });
});
afterEach(() => stand.everybodyLeaves());
after(async () => {
  await stand?.stop();
  mail?.close();
  pushes?.process.kill();
  rmSync(folder, { recursive: true, force: true });
});

/**
 * A person whose browser is subscribed to the push service of this test: browsers have one built in, of their maker's. All else is the
 * browser's own: the permission, the service worker, what it shows.
 */
async function subscribable(person) {
  const page = await stand.person(person);
  const context = page.context();
  await context.grantPermissions(['notifications'], { origin: stand.base });
  await context.exposeFunction('subscribesAt', async (key) => (page.subscription = await pushes.subscribe(key)));
  await context.addInitScript(() => {
    const kept = () => JSON.parse(localStorage.getItem('test.subscription') ?? 'null');
    const shown = (subscription) => subscription && { endpoint: subscription.endpoint, toJSON: () => subscription };
    PushManager.prototype.getSubscription = async () => shown(kept());
    PushManager.prototype.subscribe = async ({ applicationServerKey, userVisibleOnly }) => {
      if (!userVisibleOnly) throw new Error('browsers refuse that');
      localStorage.setItem('test.subscription', JSON.stringify(await window.subscribesAt(applicationServerKey)));
      return shown(kept());
    };
  });
  return page;
}

/** Gives the page's service worker what its push service has for it. */
async function delivers(page, data) {
  const client = await page.context().newCDPSession(page);
  const registrations = new Promise((known) =>
    client.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const ours = registrations.find(({ scopeURL }) => scopeURL === `${stand.base}/`);
      if (ours) known(ours);
    }),
  );
  await client.send('ServiceWorker.enable');
  const { registrationId } = await registrations;
  await client.send('ServiceWorker.deliverPushMessage', { origin: stand.base, registrationId, data });
}

const shownTo = (page) =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration('/push.js');
    for (let tries = 0; tries < 100; tries += 1) {
      const shown = await registration.getNotifications();
      if (shown.length) return shown.map(({ title, body, tag, lang, dir, data }) => ({ title, body, tag, lang, dir, data }));
      await new Promise((go) => setTimeout(go, 50));
    }
    return [];
  });

/** Headless browsers lose a message now and then that comes while a worker begins: then it is delivered once more, as push services do. */
async function comesThrough(page, message) {
  for (let tries = 0; tries < 3; tries += 1) {
    await delivers(page, message);
    const shown = await shownTo(page);
    if (shown.length) return shown;
  }
  return [];
}

test('who waits on standby is told in their browser, and a click leads to the sale', async () => {
  const sale = await stand.sale({ allocation: 1, per_shopper_max: 1, quantity_max: 1 });
  const ben = await stand.shopper();
  const { attempt_id: held } = await ben.buy(sale);
  const page = await subscribable();
  await page.goto(sale.url);
  await buy(page);
  await standing(page, 'standby');
  await page.getByText(TELL).click();
  const choice = page.getByLabel('In this browser');
  await choice.waitFor();
  assert.equal(await choice.isChecked(), false, 'nobody is told unasked');
  // Signed in by e-mail they would be somebody else, without this place.
  await page.getByText('sign in by e-mail before you take part').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Sign in by e-mail' }).count(), 0);
  await isAccessible(page, 'the panel');
  await choice.click();
  await page.waitForFunction(() => document.querySelector('.tell-me input[type=checkbox]').checked);
  await isAccessible(page, 'told in this browser');
  await page.reload();
  await page.getByText(TELL).click();
  await page.waitForFunction(() => document.querySelector('.tell-me input[type=checkbox]')?.checked);
  const worker = await fetch(`${stand.base}/push.js`);
  assert.deepEqual([worker.headers.get('content-type'), worker.headers.get('cache-control')], ['text/javascript; charset=utf-8', 'no-cache']);

  await ben.call('POST', `/sales/${sale.id}/reservations/${held}/cancel`);
  const message = await pushes.first(page.subscription.clientHash);
  const [shown, ...more] = await comesThrough(page, message);
  assert.deepEqual(more, []);
  assert.equal(shown.title, 'It is your turn');
  assert.match(shown.body, /^1 × Lamp is reserved for you in Lamps at half price, for 22\.50 EUR in all\. Pay before \d\d:\d\d:\d\d UTC/);
  assert.deepEqual([shown.lang, shown.dir, shown.data.path], ['en', 'ltr', sale.url]);
  // The same once more replaces itself.
  await delivers(page, message);
  assert.equal((await shownTo(page)).length, 1);

  // A click brings the page of the sale to the front; where there is none, it is opened. Only a person's click may do that, so
  // the worker says what it would.
  const [its] = page.context().serviceWorkers();
  const click = () =>
    its.evaluate(async () => {
      const said = new Promise((done) => {
        WindowClient.prototype.focus = async function () { done(`focus ${new URL(this.url).pathname}`); };
        clients.openWindow = async (path) => done(`open ${path}`);
      });
      const [notification] = await registration.getNotifications();
      dispatchEvent(new NotificationEvent('notificationclick', { notification }));
      return said;
    });
  assert.equal(await click(), `focus ${sale.url}`);
  await page.goto('/');
  assert.equal((await comesThrough(page, message)).length, 1);
  assert.equal(await click(), `open ${sale.url}`);

  // Switched off, nothing more comes.
  await page.goto(sale.url);
  await page.getByText(TELL).click();
  await page.waitForFunction(() => document.querySelector('.tell-me input[type=checkbox]')?.checked);
  await page.getByLabel('In this browser').click();
  await page.waitForFunction(() => !document.querySelector('.tell-me input[type=checkbox]').checked);
  noTroubles(page);
});

test('a browser that does not allow it says so', async () => {
  const sale = await stand.sale();
  const page = await stand.person();
  await page.goto(sale.url);
  await page.getByText(TELL).click();
  await page.getByLabel('In this browser').click();
  await page.getByText('Your browser does not allow notifications of this site.').waitFor();
  assert.equal(await page.getByLabel('In this browser').isChecked(), false);
  await isAccessible(page, 'not allowed');
  noTroubles(page);
});

test('who signs in by e-mail is told by mail, at that address alone', async () => {
  const sale = await stand.sale({ opensInMs: 300_000 });
  const anna = `anna-${randomUUID().slice(0, 8)}@example.org`;
  const page = await stand.person({ phone: true });
  await page.goto(sale.url);
  await page.getByText(REMIND).click();
  const [calendar] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Add to calendar' }).click()]);
  assert.equal(calendar.suggestedFilename(), `sale-${sale.id}.ics`);
  assert.equal(await page.getByText(TELL).count(), 0, 'there is one place for it');
  await page.getByRole('button', { name: 'Sign in by e-mail' }).click();
  await page.locator('[data-sign-in=address] input').fill(anna);
  await page.getByRole('button', { name: 'Send me a code' }).click();
  await page.getByLabel('Code', { exact: true }).fill((await mail.code(anna)).code);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.locator('.signed-in').waitFor();
  await page.locator('.tell-me[open]').waitFor();
  const field = page.getByLabel('The address that you have signed in with');
  await field.fill('ben@example.org');
  await page.getByRole('button', { name: 'Tell me by mail' }).click();
  await page.getByText('That is not the address that you have signed in with.').waitFor();
  await isAccessible(page, 'a wrong address');
  await field.fill(anna);
  await page.getByRole('button', { name: 'Tell me by mail' }).click();
  await page.getByText('You are told by mail, at the address').waitFor();
  await isAccessible(page, 'told by mail');
  const reminder = await mail.nth(anna, 2);
  assert.equal(reminder.subject, 'Lamps at half price opens soon');

  // The link in it, in the browser: looking ends nothing, its button does.
  const link = /<(.*)>/.exec(reminder.unsubscribe[0])[1];
  const other = await stand.person();
  await other.goto(link);
  await other.getByRole('heading', { name: 'Do you want no more mail about this sale at this address?' }).waitFor();
  await isAccessible(other, 'the end of mail');
  await other.getByRole('button', { name: 'No more mail' }).click();
  await other.getByRole('heading', { name: 'No more mail about this sale goes to this address.' }).waitFor();
  await isAccessible(other, 'ended');
  await page.reload();
  await page.getByText(REMIND).click();
  await page.getByRole('button', { name: 'Tell me by mail' }).waitFor();
  [page, other].forEach(noTroubles);
});

test('every language has its words, and no page is too wide', async () => {
  const sale = await stand.sale();
  for (const [locale, browser] of [['de-DE', 'In diesem Browser'], ['ar-EG', 'في هذا المتصفح'], ['zh-CN', '在此浏览器中']]) {
    const page = await stand.person({ locale, width: 320 });
    await page.goto(sale.url);
    await page.locator('.tell-me summary').click();
    await page.getByLabel(browser).waitFor();
    await isAccessible(page, `the panel in ${locale}`);
    noTroubles(page);
  }
});
