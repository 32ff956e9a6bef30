// People with accounts: invited by an owner, joined by a link, signed in by password and code.
import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { after, afterEach, before, test } from 'node:test';
import { requireChromium, Stand } from './stand.mjs';
import { isAccessible, noTroubles, signIn } from './steps.mjs';

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
  await owner.getByLabel('Name').fill(name);
  await owner.getByLabel('E-mail address').fill(email);
  await owner.getByLabel('Role').selectOption('manager');
  await isAccessible(owner, 'the dialog of an invitation');
  await button(owner, 'Make the link').click();
  const link = await owner.locator('code.secret').textContent();
  await button(owner, 'Done').click();
  const row = owner.getByRole('row', { name: new RegExp(`^${name} `) });
  await row.getByText('invited; the link is good until').waitFor();
  await isAccessible(owner, 'people and tokens');

  const anna = await stand.person();
  await anna.goto(`/admin${new URL(link).hash}`);
  await anna.getByText(`${name}, you are invited as: manager.`).waitFor();
  assert.ok(!anna.url().includes('token'), 'the link does not stay in the address');
  await anna.getByRole('img', { name: 'QR code of the secret' }).waitFor();
  const secret = await anna.locator('code.secret').textContent();
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
  await row.getByRole('button', { name: `Change ${name}` }).click();
  await isAccessible(owner, 'the dialog of a person');
  await button(owner, 'Disable').click();
  await row.getByText('disabled since').waitFor();
  await anna.getByRole('link', { name: 'Products' }).click();
  await heading(anna, 'Sign in');

  await owner.getByRole('link', { name: 'Audit log' }).click();
  for (const said of [`invited ${name}, as: manager`, `${name} joined by a link`, `disabled the account of ${name}`]) {
    await owner.getByText(said).first().waitFor();
  }
  noTroubles(owner);
});
