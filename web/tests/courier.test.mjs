// How a wish gets to the door, and how the page knows whether news come by themselves.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, mock, test } from 'node:test';
import { modules } from './modules.mjs';

let pages, Courier, Problem, connection;
before(async () => {
  pages = await modules();
  ({ Courier } = await pages.load('/src/shop/courier.ts'));
  ({ Problem } = await pages.load('/src/shared/api.ts'));
  connection = await pages.load('/src/shop/link/connection.ts');
});
after(() => pages?.close());
beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
afterEach(() => mock.timers.reset());

const CLICK = { what: 'attempt', key: 'k1', wish: { sku: 'lamp', quantity: 1, key: 'k1' } };
const settle = async () => { for (let turns = 0; turns < 20; turns += 1) await Promise.resolve(); };

/** A courier to a door that answers as told, in order, and then not at all. */
function courierTo(...answers) {
  const [news, tries] = [[], []];
  const courier = new Courier(async (errand) => {
    tries.push(errand.key);
    const answer = answers.shift();
    if (answer === undefined) return new Promise(() => {});
    if (answer instanceof Error) throw answer;
    return answer;
  }, (told) => news.push(told));
  return { courier, news, tries };
}

test('a wish is sent until it is answered, always under its key, with longer and longer pauses', async () => {
  const away = () => new Problem('offline', 0, '');
  const { courier, news, tries } = courierTo(...Array.from({ length: 6 }, away), { attempt_id: 'a1' });
  void courier.carry(CLICK);
  await settle();
  for (const mostMs of [2_250, 4_500, 9_000, 18_000, 22_500, 22_500]) {
    const before = tries.length;
    mock.timers.tick(mostMs / 3 - 1);
    await settle();
    assert.equal(tries.length, before, `not before ${mostMs / 3} ms`);
    mock.timers.tick(mostMs);
    await settle();
    assert.equal(tries.length, before + 1);
  }
  assert.deepEqual(new Set(tries), new Set(['k1']));
  assert.deepEqual(news.map(({ type }) => type), [...Array(6).fill('delayed'), 'answered']);
  assert.deepEqual([news.at(-1).errand, news.at(-1).letIn], [CLICK, { attempt_id: 'a1' }]);
});

test('the door says when to come again', async () => {
  const { courier, tries } = courierTo(new Problem('line_full', 503, '', 60_000), {});
  void courier.carry(CLICK);
  await settle();
  mock.timers.tick(29_999);
  await settle();
  assert.equal(tries.length, 1);
  mock.timers.tick(60_001);
  await settle();
  assert.equal(tries.length, 2);
});

test('a refusal is an answer; so is a guess too many, and what never got to the door', async () => {
  for (const [error, kind] of [[new Problem('not_started', 409, ''), 'not_started'], [new Problem('too_many_guesses', 429, '', 1_000), 'too_many_guesses'], [new TypeError('a mistake'), 'internal']]) {
    const { courier, news, tries } = courierTo(error);
    await courier.carry(CLICK);
    assert.deepEqual([news.map(({ type, problem }) => [type, problem.kind]), tries.length], [[['refused', kind]], 1]);
  }
});

test('what is under way is not sent beside itself, and can be sent again afterwards', async () => {
  const { courier, tries } = courierTo(new Problem('unavailable', 503, ''), {}, {});
  void courier.carry(CLICK);
  void courier.carry({ ...CLICK });
  await settle();
  assert.equal(tries.length, 1);
  mock.timers.tick(3_000);
  await settle();
  await courier.carry(CLICK);
  assert.equal(tries.length, 3);
});

test('what nobody waits for any more is not sent again, and its answer is not told', async () => {
  for (const key of ['k1', undefined]) {
    const { courier, news, tries } = courierTo(new Problem('offline', 0, ''), {});
    void courier.carry(CLICK);
    await settle();
    courier.recall('another');
    courier.recall(key);
    mock.timers.tick(60_000);
    await settle();
    assert.deepEqual([tries.length, news.length], [1, 1]);
    void courier.carry(CLICK);
    courier.recall(key);
    await settle();
    assert.deepEqual([tries.length, news.length], [2, 1], 'not even that which was on its way');
  }
});

test('connecting, live, lost, polling', () => {
  const states = (...acts) => acts.reduce((known, act) => [...known, act(known.at(-1))], [connection.begun(true, 0)]).map(({ state }) => state);
  const { opened, broken, looked, answered, unanswered } = connection;
  // Sockets are blocked: after a while the page asks, and says so once it is answered.
  assert.deepEqual(
    states((k) => broken(k, true, 500), (k) => answered(k, 1_000), (k) => looked(k, 3_999), (k) => looked(k, 4_000), (k) => answered(k, 4_100), (k) => unanswered(k), (k) => answered(k, 9_000), opened),
    ['connecting', 'connecting', 'connecting', 'connecting', 'lost', 'polling', 'lost', 'polling', 'live'],
  );
  // A socket breaks: that is said at once, and asking begins only if it stays so.
  assert.deepEqual(
    states(opened, (k) => broken(k, true, 10_000), (k) => answered(k, 11_000), (k) => broken(k, true, 13_000), (k) => answered(k, 14_000)),
    ['connecting', 'live', 'lost', 'lost', 'lost', 'polling'],
  );
  assert.equal(connection.begun(false, 0).state, 'lost');
  assert.equal(broken(connection.begun(true, 0), false, 100).state, 'lost', 'off line is off line at once');
  assert.equal(connection.mustAsk(opened(), 99_000), false);
});
