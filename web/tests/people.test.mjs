// People with accounts: invited by an owner, joined by a link, signed in by password and code.
import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import { requireChromium, Stand } from './stand.mjs';
import { isAccessible, isApart, noTroubles, signIn, until } from './steps.mjs';

let stand;
before(async () => {
  requireChromium();
  stand = await Stand.start();
});
afterEach(() => stand.everybodyLeaves());
after(() => stand?.stop());

const PASSWORD = 'five lamps on a shelf';
const button = (page, name) => page.getByRole('button', { name, exact: true });
const heading = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor();

/** What an app shows for a secret, so many steps from now (RFC 6238). */
function codeOf(secret, steps = 0) {
  const bits = [...secret].map((sign) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(sign).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac('sha1', key).update(step).digest();
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

test('somebody is invited, joins, signs out and in, and is out when an owner says so', async () => {
  const owner = await stand.person();
  await signIn(owner, stand);
  await owner.getByRole('link', { name: 'Access' }).click();
  await button(owner, 'Invite somebody').click();
  const name = `Anna ${randomUUID().slice(0, 6)}`;
  const email = `${name.replace(' ', '.').toLowerCase()}@example.org`;
  await owner.getByLabel('Name', { exact: true }).fill(name);
  await owner.getByLabel('E-mail address').fill(email);
  await owner.getByLabel('Role').selectOption('manager');
  await isAccessible(owner, 'the dialog of an invitation');
  await button(owner, 'Make the link').click();
  const link = await owner.locator('code.secret').textContent();
  await isApart(owner, 'Copy', 'Done');
  for (const _ of [1, 2]) await owner.keyboard.press('Escape');
  assert.equal(await owner.locator('code.secret').textContent(), link, 'what is shown only now outlasts Escape');
  await button(owner, 'Done').click();
  const row = owner.getByRole('row', { name: new RegExp(`^${name} `) });
  await row.getByText('invited; the link is good until').waitFor();
  await isAccessible(owner, 'people and tokens');

  const anna = await stand.person();
  await anna.goto(`/admin${new URL(link).hash}`);
  await anna.getByText(`${name}, this link is for you. Your role: manager.`).waitFor();
  assert.ok(!anna.url().includes('token'), 'the link does not stay in the address');
  await anna.getByRole('img', { name: 'QR code of the secret' }).waitFor();
  const secret = await anna.locator('code.secret').textContent();
  const inApp = new URL(await anna.getByRole('link', { name: 'Set up in the app' }).getAttribute('href'));
  assert.deepEqual([inApp.protocol, inApp.searchParams.get('secret')], ['otpauth:', secret]);
  await anna.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await button(anna, 'Copy the secret').click();
  await button(anna, 'Copied').waitFor();
  assert.equal(await anna.evaluate(() => navigator.clipboard.readText()), secret);
  await isAccessible(anna, 'joining');
  assert.equal(await anna.getByLabel('E-mail address').inputValue(), email);
  const autocomplete = (of) => of.locator('input').evaluateAll((inputs) => inputs.map((input) => input.autocomplete));
  assert.deepEqual(await autocomplete(anna), ['username', 'new-password', 'one-time-code']);
  await anna.getByLabel('Choose a password').fill(PASSWORD);
  await anna.getByLabel('Code that the app shows').fill('not one');
  await button(anna, 'Join').click();
  await anna.getByText('The app does not show this code').waitFor();
  await anna.getByLabel('Code that the app shows').fill(codeOf(secret, -1));
  await button(anna, 'Join').click();
  await heading(anna, 'Your recovery codes');
  const [recovery, ...others] = (await anna.locator('code.secret').textContent()).split('\n');
  assert.equal(others.length, 9);
  await isAccessible(anna, 'recovery codes');
  const asFile = anna.waitForEvent('download');
  await anna.getByRole('link', { name: 'Download as a text file' }).click();
  const file = readFileSync(await (await asFile).path(), 'utf8');
  assert.ok(file.includes(name) && [recovery, ...others].every((code) => file.includes(code)), file);
  await anna.evaluate(() => { location.hash = '#/orders'; });
  await anna.getByText(recovery).waitFor();
  await button(anna, 'I have kept them: go on').click();
  await heading(anna, 'Sales');
  await anna.getByText(`${name} (manager)`).waitFor();
  await button(anna, 'Sign out').click();

  await heading(anna, 'Sign in');
  await isAccessible(anna, 'signing in with an account');
  assert.deepEqual(await autocomplete(anna), ['username', 'current-password', 'one-time-code']);
  const enter = async (password, code) => {
    await anna.getByLabel('E-mail address').fill(email);
    await anna.getByLabel('Password').fill(password);
    await anna.getByLabel('Code of your app').fill(code);
    await button(anna, 'Sign in').click();
  };
  await enter('six lamps on a shelf', codeOf(secret));
  await anna.getByText('Address, password or code are wrong.').waitFor();
  await enter(PASSWORD, codeOf(secret));
  await heading(anna, 'Sales');
  await anna.getByText(`${name} (manager)`).waitFor();
  await button(anna, 'Sign out').click();
  await enter(PASSWORD, recovery);
  await heading(anna, 'Sales');

  await owner.reload();
  await row.getByText('joined on').waitFor();
  await row.getByText('Recovery codes left: 9', { exact: true }).waitFor();
  await row.getByRole('button', { name: `Change ${name}` }).click();
  await isAccessible(owner, 'the dialog of a person');
  await isApart(owner, 'Disable', 'Never mind');
  await button(owner, 'Disable').click();
  await owner.getByRole('heading', { name: `Disable ${name}?` }).waitFor();
  await owner.getByText('They are signed out and cannot sign in any more').waitFor();
  await button(owner, 'Disable the account').click();
  await row.getByText('disabled since').waitFor();
  await anna.getByRole('link', { name: 'Products' }).click();
  await heading(anna, 'Sign in');

  await owner.getByRole('link', { name: 'Audit log' }).click();
  for (const said of [`invited ${name}, as: manager`, `${name} joined by a link`, `disabled the account of ${name}`]) {
    await owner.getByText(said).first().waitFor();
  }
  noTroubles(owner);
});

test('a token is made with some rights for one sale, copied, and listed and told of in words', async () => {
  const sale = await stand.sale({});
  const owner = await stand.person();
  await owner.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await signIn(owner, stand);
  await owner.getByRole('link', { name: 'Access' }).click();
  await button(owner, 'New token').click();
  const name = `refunds-${randomUUID().slice(0, 6)}`;
  await owner.getByLabel('Name', { exact: true }).fill(name);
  await owner.getByLabel('Role').selectOption('support');
  const rights = owner.getByRole('group', { name: 'May do' });
  assert.equal(await rights.getByRole('checkbox').count(), 3);
  for (const right of await rights.getByRole('checkbox').all()) await right.uncheck();
  await button(owner, 'Make the token').click();
  await owner.getByText('Leave at least one thing that it may do.').waitFor();
  await rights.getByLabel('Pay back, and put units back into sale').check();
  await owner.getByLabel('In which sales').selectOption(sale.id);
  await isAccessible(owner, 'the dialog of a token');
  await button(owner, 'Make the token').click();
  const token = await owner.locator('code.secret').textContent();
  await button(owner, 'Copy').click();
  await button(owner, 'Copied').waitFor();
  assert.equal(await owner.evaluate(() => navigator.clipboard.readText()), token);
  await button(owner, 'Done').click();
  const row = owner.getByRole('row', { name: new RegExp(`^${name} `) });
  await row.getByText('only: Pay back, and put units back into sale; only for').waitFor();
  await row.getByText('by bootstrap').waitFor();
  const me = await fetch(`${stand.base}/api/v1/admin/me`, { headers: { authorization: `Bearer ${token}` } });
  assert.deepEqual((({ role, rights, event_id }) => ({ role, rights, event_id }))(await me.json()), { role: 'support', rights: ['refund'], event_id: sale.id });
  await owner.getByRole('link', { name: 'Audit log' }).click();
  await owner.getByText(`made the API token ${name}, of the role support, only: Pay back`).first().waitFor();
  noTroubles(owner);
});

/** Somebody who has joined: their page, and what they sign in with. */
async function joins(role) {
  const [name, email] = [`Ben ${randomUUID().slice(0, 6)}`, `ben-${randomUUID().slice(0, 8)}@example.org`];
  const made = await fetch(`${stand.base}/api/v1/admin/people`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stand.adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name, email, role }),
  });
  const { link } = await made.json();
  const page = await stand.person();
  await page.goto(`/admin${new URL(link).hash}`);
  const secret = await page.locator('code.secret').textContent();
  await page.getByLabel('Choose a password').fill(PASSWORD);
  await page.getByLabel('Code that the app shows').fill(codeOf(secret, -1));
  await button(page, 'Join').click();
  await heading(page, 'Your recovery codes');
  const codes = (await page.locator('code.secret').textContent()).split('\n');
  await button(page, 'I have kept them: go on').click();
  await heading(page, 'Sales');
  return { page, name, email, secret, codes };
}

test('somebody changes password, app and recovery codes, and is signed out everywhere else', async () => {
  const { page, name, email, codes } = await joins('viewer');
  const elsewhere = await stand.person();
  const enter = async (password, code) => {
    await elsewhere.goto('/admin');
    await elsewhere.getByLabel('E-mail address').fill(email);
    await elsewhere.getByLabel('Password').fill(password);
    await elsewhere.getByLabel('Code of your app').fill(code);
    await button(elsewhere, 'Sign in').click();
  };
  await enter(PASSWORD, codes[0]);
  await heading(elsewhere, 'Sales');

  await page.getByRole('link', { name: `${name} (viewer): your account` }).click();
  await heading(page, 'Your account');
  await isAccessible(page, 'one’s own account');
  const password = page.getByRole('form', { name: 'Another password' });
  const change = async (current, fresh, again = fresh) => {
    await password.getByLabel('Present password').fill(current);
    await password.getByLabel('New password', { exact: true }).fill(fresh);
    await password.getByLabel('New password, once more').fill(again);
    await button(password, 'Change the password').click();
  };
  await change(PASSWORD, 'six lamps on a shelf', 'other lamps on a shelf');
  await password.getByText('The two new passwords are not the same.').waitFor();
  await change('another password', 'six lamps on a shelf');
  await password.getByText('The present password or code is wrong.').waitFor();
  await change(PASSWORD, 'six lamps on a shelf');
  await password.getByText('Changed. You are signed out everywhere else.').waitFor();
  await elsewhere.getByRole('link', { name: 'Products' }).click();
  await heading(elsewhere, 'Sign in');

  await button(page, 'Set up an app that shows codes').click();
  const factor = page.getByRole('form', { name: 'Another app for codes' });
  await factor.getByRole('img', { name: 'QR code of the secret' }).waitFor();
  const secret = await factor.locator('code.secret').textContent();
  await isAccessible(page, 'setting up another app');
  await factor.getByLabel('Code that the app shows').fill(codeOf(secret, -1));
  await factor.getByLabel('Present password').fill('six lamps on a shelf');
  await factor.getByLabel('Code of the app from before').fill(codes[1]);
  await button(factor, 'Change the app').click();
  await heading(page, 'Your recovery codes');
  const fresh = (await page.locator('code.secret').textContent()).split('\n');
  assert.equal(fresh.length, 10);
  await button(page, 'I have kept them: go on').click();
  const recovery = page.getByRole('form', { name: 'New recovery codes' });
  await recovery.getByLabel('Present password').fill('six lamps on a shelf');
  await recovery.getByLabel('Code of your app').fill(fresh[0]);
  await button(recovery, 'Make new codes').click();
  await heading(page, 'Your recovery codes');
  await button(page, 'I have kept them: go on').click();
  await enter('six lamps on a shelf', fresh[1]);
  await elsewhere.getByText('Address, password or code are wrong.').waitFor();
  await enter('six lamps on a shelf', codeOf(secret));
  await heading(elsewhere, 'Sales');
  await page.getByRole('link', { name: 'Audit log' }).click();
  for (const said of ['changed their password', 'set up another app for codes', 'made new recovery codes']) await page.getByText(`${name} ${said}`).first().waitFor();
});

const someone = () => {
  const name = `Ben ${randomUUID().slice(0, 6)}`;
  return { name, email: `${name.replace(' ', '.').toLowerCase()}@example.org` };
};

/** A link by which somebody joins, as an address within the console. */
async function invited(person, role = 'viewer') {
  const { link, id } = await stand.admin('POST', '/people', { ...person, role });
  return { hash: new URL(link).hash, id };
}

async function join(page, hash) {
  await page.goto(`/admin${hash}`);
  const secret = await page.locator('code.secret').textContent();
  await page.locator('input[name=password]').fill(PASSWORD);
  await page.locator('input[name=code]').fill(codeOf(secret, -1));
  await page.locator('button.primary').click();
  await page.locator('code.secret.lines').waitFor();
  return secret;
}

test('who reloads while the codes are shown is asked, and signed in; and who reloads the page to join by is told to open the link again', async () => {
  const page = await stand.person();
  const person = someone();
  const { hash } = await invited(person);
  await page.goto(`/admin${hash}`);
  await page.getByText('Your role: viewer.').waitFor();
  await page.reload();
  await page.getByText('Open the link of your invitation again').waitFor();
  assert.equal(await page.getByLabel('Password').count(), 0, 'no form to sign in with what is not chosen yet');
  await isAccessible(page, 'the page to join by without its link');

  await page.goto('about:blank');
  await join(page, hash);
  const asked = [];
  page.on('dialog', (dialog) => (asked.push(dialog.type()), dialog.accept()));
  await page.reload();
  assert.deepEqual(asked, ['beforeunload']);
  await page.getByText(`${person.name} (viewer)`).waitFor();
  await page.getByText('Your recovery codes were shown once, and are not shown again').waitFor();
  await isAccessible(page, 'codes that are gone');
  await page.getByRole('link', { name: 'To the console' }).click();
  await heading(page, 'Sales');
  noTroubles(page);
});

test('an invitation says who is signed in here; too many failures say for how long, and what to do', async () => {
  const [first, second] = [someone(), someone()];
  const page = await stand.person();
  await join(page, (await invited(first)).hash);
  await button(page, 'I have kept them: go on').click();
  await heading(page, 'Sales');
  const { hash } = await invited(second);
  await page.goto('about:blank');
  await page.goto(`/admin${hash}`);
  await page.getByText(`Signed in here now is ${first.name}. If you join, they are signed out in this browser.`).waitFor();
  await page.goto('/admin#/');
  await button(page, 'Sign out').click();
  const fail = async () => {
    await page.getByLabel('E-mail address').fill(first.email);
    await page.getByLabel('Password').fill('not what was chosen');
    await page.getByLabel('Code of your app').fill('000000');
    const answered = page.waitForResponse(/sign-in/);
    await button(page, 'Sign in').click();
    return (await answered).status();
  };
  assert.equal(await fail(), 403);
  await page.getByText('If you have forgotten your password, ask an owner for a new link.').waitFor();
  while ((await fail()) !== 429);
  await page.getByText(/Too many sign-ins failed\. Try again in \d+ (minutes?|seconds?|hours?)\./).waitFor();
  noTroubles(page);
});

test('what an invitation is refused for is said at its field, in German', async () => {
  const [taken, free] = [someone(), someone()];
  await invited(taken);
  const page = await stand.person({ locale: 'de-DE' });
  await page.goto('/admin');
  await page.locator('.other-way').click();
  await page.getByLabel('API-Schlüssel').fill(stand.adminToken);
  await button(page, 'Anmelden').click();
  await page.getByRole('link', { name: 'Zugang' }).click();
  await button(page, 'Jemanden einladen').click();
  const invite = async (name, email) => {
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel('E-Mail-Adresse').fill(email);
    await button(page, 'Link ausstellen').click();
  };
  const said = (label, text) => page.locator('.field', { has: page.getByLabel(label) }).getByText(text).waitFor();
  await invite(free.name, 'ben@example');
  await said('E-Mail-Adresse', 'Das ist keine E-Mail-Adresse');
  await invite(free.name, taken.email);
  await said('E-Mail-Adresse', 'Eine andere Person hat diese E-Mail-Adresse.');
  await invite(taken.name, free.email);
  await said('Name', 'Eine andere Person hat diesen Namen.');
  await invite('bootstrap', free.email);
  await said('Name', 'Ein API-Schlüssel hat diesen Namen');
  await isAccessible(page, 'an invitation that is refused');
  await page.goto('/admin#/events/x');
  await page.getByText('So etwas gibt es hier nicht (mehr).').waitFor();
  noTroubles(page);
});

test('who may do less than a moment ago is told of their role at the button, and offered no more than that', async () => {
  const page = await stand.person({ phone: true });
  const { hash, id } = await invited(someone(), 'manager');
  await join(page, hash);
  await button(page, 'I have kept them: go on').click();
  await page.goto('/admin#/products');
  await button(page, 'New product').click();
  const sku = `lamp-${randomUUID().slice(0, 6)}`;
  await page.getByLabel('SKU').fill(sku);
  await page.getByLabel('Name', { exact: true }).fill('Lamp');
  await page.getByLabel('Currency').fill('EUR');
  await page.getByLabel('List price').fill('10');
  await stand.admin('PATCH', `/people/${id}`, { role: 'viewer' });
  await button(page, 'Make the product').click();
  const notice = page.getByRole('alert').getByText('Your role (viewer) does not allow this; it takes: manager or owner.');
  await notice.waitFor();
  await until('it is in sight', () => notice.evaluate((it) => { const { top, bottom } = it.getBoundingClientRect(); return top >= 0 && bottom <= innerHeight; }));
  await button(page, 'Never mind').click();
  await button(page, 'New product').waitFor({ state: 'detached' });
  await page.getByText('(viewer)').waitFor();
  noTroubles(page);
});

test('on a phone people are cards with their names in sight, and few recovery codes are warned of', async () => {
  const page = await stand.person({ phone: true });
  const entry = { role: 'viewer', invited_at: '2026-05-04T08:00:00Z', joined_at: '2026-05-04T09:00:00Z', email: 'somebody.with.a.long.address@mail.example.org' };
  const people = [10, 2, 0].map((recovery_codes) => ({ ...entry, id: randomUUID(), name: `With ${recovery_codes}`, recovery_codes }));
  await page.route(/admin\/people$/, (route) => route.fulfill({ json: { people } }));
  await signIn(page, stand);
  await page.goto('/admin#/tokens');
  const region = page.getByRole('region', { name: 'People' });
  await region.getByText('Recovery codes left: 10', { exact: true }).waitFor();
  for (const few of [2, 0]) await region.locator('.bad', { hasText: `Recovery codes left: ${few}. A new link gives new ones.` }).waitFor();
  assert.ok(await region.evaluate((it) => it.scrollWidth <= it.clientWidth), 'nothing to scroll sideways for');
  await isAccessible(page, 'people on a phone');
  noTroubles(page);
});
