// The real system and a real browser, for all tests of a file.
import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';
import { LOADGEN, System } from './system.mjs';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const BROWSER = {
  executablePath: CHROMIUM,
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update',
    '--disable-sync', '--no-first-run',
    // A name as in a local network: not this machine's own, so that plain HTTP is not taken for safe.
    '--host-resolver-rules=MAP shop.lan 127.0.0.1',
  ],
};

/** The system, and browsers that look at it, until `stop`. */
export class Stand extends System {
  /** Open contexts that are browsers of their own: no other lists them. */
  forgetfuls = new Set();

  /** With further settings for all services, and words for `loadgen up`. */
  static async start(settings, ...words) {
    const stand = await super.start(settings, ...words);
    stand.browser = await chromium.launch(BROWSER);
    return stand;
  }

  async stop() {
    await this.browser?.close();
    await super.stop();
  }

  /** Closes every page: one that stays open goes on counting down, and takes the time of the tests after it. */
  async everybodyLeaves() {
    const contexts = [...this.browser.contexts(), ...this.forgetfuls];
    // What a test answers in place of the system may be on its way: it fails no test any more.
    const answered = contexts.flatMap((context) => [context, ...context.pages()]);
    await Promise.all(answered.map((at) => at.unrouteAll({ behavior: 'ignoreErrors' })));
    await Promise.all(contexts.map((context) => context.close()));
  }

  /** Others who wait for a sale, each with an open socket. Returns when all are open; they go when told to. */
  async crowd(sale, count) {
    const args = ['waiters', '--event', sale.id, '--from', '0', '--count', String(count), '--urls', this.sockets.join(',')];
    const env = { ...process.env, FLASHLINE_SESSION_KEYS: this.sessionKey };
    const crowd = spawn(LOADGEN, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
    const { value } = await createInterface({ input: crowd.stdout })[Symbol.asyncIterator]().next();
    if (!value) throw new Error('the crowd did not come');
    return { leave: () => crowd.stdin.end() };
  }

  /** A person with a browser of their own. What goes wrong in the page fails the test. */
  async person({ locale = 'en-US', phone = false, width, dark = false, blocked = [], base = this.base } = {}) {
    const options = {
      baseURL: base,
      locale,
      timezoneId: 'Europe/Berlin',
      colorScheme: dark ? 'dark' : 'light',
      viewport: { width: width ?? (phone ? 375 : 1280), height: phone ? 740 : 900 },
      hasTouch: phone,
      reducedMotion: 'reduce',
    };
    const context = blocked.includes('storage') ? await this.forgetful(options) : await this.browser.newContext(options);
    context.setDefaultTimeout(15_000);
    if (blocked.includes('socket')) await context.routeWebSocket(/.*/, (socket) => socket.close());
    const page = await context.newPage();
    page.troubles = [];
    page.on('pageerror', (error) => page.troubles.push(`error: ${error.message}`));
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) page.troubles.push(message.text());
    });
    page.on('request', (request) => {
      const { hostname, protocol } = new URL(request.url());
      const isOurs = ['127.0.0.1', new URL(base).hostname].includes(hostname);
      if (protocol.startsWith('http') && !isOurs) page.troubles.push(`asks ${request.url()}`);
    });
    return page;
  }

  /** A browser whose owner blocks cookies, and storage with them. */
  async forgetful(options) {
    const profile = mkdtempSync(join(tmpdir(), 'flashline-'));
    mkdirSync(join(profile, 'Default'));
    const preferences = { profile: { default_content_setting_values: { cookies: 2 } } };
    writeFileSync(join(profile, 'Default', 'Preferences'), JSON.stringify(preferences));
    const context = await chromium.launchPersistentContext(profile, { ...BROWSER, ...options });
    this.forgetfuls.add(context);
    context.on('close', () => {
      this.forgetfuls.delete(context);
      // Chromium may still write there: what cannot be taken away stays in the folder for temporary files.
      rm(profile, { recursive: true, force: true, maxRetries: 10 }).catch(() => {});
    });
    return context;
  }

  /** A shopper without a page. */
  async shopper() {
    const session = await (await fetch(`${this.base}/api/v1/sessions`, { method: 'POST' })).json();
    const headers = { Authorization: `Bearer ${session.token}`, 'Content-Type': 'application/json' };
    const call = async (method, path, body) => {
      const key = { 'Idempotency-Key': randomUUID() };
      const answer = await fetch(`${this.base}/api/v1${path}`, {
        method, headers: { ...headers, ...key }, body: body && JSON.stringify(body),
      });
      const said = await answer.json();
      if (!answer.ok) throw new Error(`${method} ${path}: ${JSON.stringify(said)}`);
      return said;
    };
    return { call, buy: (sale, quantity = 1) => call('POST', `/sales/${sale.id}/attempts`, { sku: sale.sku, quantity }) };
  }

  /** A call of the admin API. */
  async admin(method, path, body) {
    const answer = await fetch(`${this.base}/api/v1/admin${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${this.adminToken}`,
        'Content-Type': 'application/json',
        'Idempotency-Key': randomUUID(),
      },
      body: body && JSON.stringify(body),
    });
    const said = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${JSON.stringify(said)}`);
    return said;
  }

  /** Pauses a sale; when this returns its line stands still, so whoever buys now waits. */
  async pause(sale, reason) {
    const SILENT_MS = 1_300; // a line that does not stand still is heard every second
    await this.admin('POST', `/events/${sale.id}/pause`, { reason });
    await new Promise((go) => setTimeout(go, SILENT_MS));
    for (let tries = 0; tries < 100; tries += 1) {
      const { line } = await this.admin('GET', `/events/${sale.id}/figures`);
      if (line.heard_ms_ago === undefined || line.heard_ms_ago > SILENT_MS) return;
      await new Promise((go) => setTimeout(go, 100));
    }
    throw new Error('the line does not stand still');
  }

  /** A lamp, or what is said of it. Gives its SKU. */
  async product(said = {}) {
    const sku = `lamp-${randomUUID().slice(0, 8)}`;
    await this.admin('POST', '/products', {
      sku, name: 'Lamp', description: 'Warm light for long evenings.', image_url: '/images/lamp.svg', list_minor: 4500, currency: 'EUR',
      ...said,
    });
    return sku;
  }

  /** A sale of one item, open now unless told otherwise; known to the door when this returns. */
  async sale({ allocation = 10, name = 'Lamps at half price', opensInMs = -1000, closesInMs = 3_600_000, discount, product, ...rules } = {}) {
    const sku = await this.product(product);
    const at = (ms) => new Date(Date.now() + ms).toISOString();
    const event = await this.admin('POST', '/events', {
      name, currency: 'EUR', opens_at: at(opensInMs), closes_at: at(closesInMs), scheduled: true,
      hold_seconds: 120, per_shopper_max: 2, quantity_max: 2, standby_max: 20,
      items: [{ sku, allocation, discount: discount ?? { tiers: [{ units: 5, cut: { percent_off: 5000 } }] } }],
      ...rules,
    });
    for (let tries = 0; tries < 100; tries += 1) {
      const answer = await fetch(`${this.base}/api/v1/sales/${event.id}`);
      if (answer.ok) return { ...event, id: event.id, sku, url: `/sales/${event.id}` };
      await new Promise((go) => setTimeout(go, 50));
    }
    throw new Error('the door does not know the sale');
  }
}

/** Whether the browser is there; says what to install. */
export function requireChromium() {
  if (spawnSync(CHROMIUM, ['--version']).status !== 0) throw new Error(`no Chromium at ${CHROMIUM}: apt-get install chromium`);
}
