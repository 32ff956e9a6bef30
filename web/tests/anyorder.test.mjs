// Whatever happens at the page, in whatever order: answers come late and twice, tabs and links come and go.
// FLASHLINE_SEED=… repeats one run, FLASHLINE_RUNS=… makes more of them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accepted, attempt, Shell, EVENT, payment, problem, progress, reserved, sale } from './shell.mjs';
import { modules } from './modules.mjs';

const RUNS = Number(process.env.FLASHLINE_RUNS ?? 400);
const EVENTS = 250;
const ENDED = ['sold_out', 'refused', 'expired', 'cancelled', 'standby_ended', 'closed'];
/** What the line may have answered by the time that the door does. */
const ANSWERS = [
  (name) => reserved(name),
  (name) => attempt('standby', { ...name, answer: 'standby', standby: { number: 1, place: 1 } }),
  (name) => attempt('sold_out', { ...name, answer: 'sold_out' }),
  (name) => attempt('refused', { ...name, answer: 'refused', reason: 'limit_reached' }),
];
const STATES = ['in_line', 'standby', 'reserved', 'reserved', 'confirmed', ...ENDED];
const FAILURES = ['gateway_unreachable', 'expired', undefined];
const PAYMENTS = ['requested', 'authorising', 'confirming', 'capturing', 'captured', 'declined', 'voiding', 'voided', 'capture_failed'];
const TROUBLES = [problem(0, 'offline'), problem(404, 'not_found'), problem(409, 'not_payable'), problem(422, 'invalid'), problem(429, 'rate_limited'), problem(503, 'unavailable')];

let pages, rules, state;
before(async () => {
  pages = await modules();
  rules = await pages.load('/src/shop/rules/reduce.ts');
  state = await pages.load('/src/shop/rules/state.ts');
});
after(() => pages?.close());

/** Numbers that a seed decides (mulberry32). */
function chance(seed) {
  let at = seed >>> 0;
  const next = () => {
    at = (at + 0x6d2b79f5) >>> 0;
    let t = Math.imul(at ^ (at >>> 15), at | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return { below: (most) => Math.floor(next() * most), one: (list) => list[Math.floor(next() * list.length)], happens: (share) => next() < share };
}

/** One shopper at one shell, to whom anything may happen that a browser, a network or a server can do. */
class World {
  keys = 0;
  errands = [];
  attempts = ['a-unknown'];

  constructor(seed) {
    this.chance = chance(seed);
    const { happens } = this.chance;
    const wish = { ...this.order(), key: this.key() };
    if (happens(0.5)) Object.assign(wish, { attemptId: this.attemptOf(wish.key) }, happens(0.5) && { payment: { key: this.key(), card: 'tok_ok' } });
    this.shell = new Shell(rules, happens(0.5) ? wish : undefined);
    this.remember();
  }

  key = () => `k${(this.keys += 1)}`;
  order = () => ({ sku: 'lamp', quantity: 1 + this.chance.below(2), shownMinor: 2250, ...(this.chance.happens(0.2) && { coupon: `c${this.chance.below(3)}` }) });
  attemptOf(key) {
    const id = `a-${key}`;
    if (!this.attempts.includes(id)) this.attempts.push(id);
    return id;
  }
  remember = () => this.errands.push(...this.shell.did('send').map(({ errand }) => errand));

  /** Mostly of the latest attempt, and often late. */
  news() {
    const { one, happens, below } = this.chance;
    const current = this.shell.state.wish?.attemptId;
    const name = { attempt_id: current && happens(0.8) ? current : one(this.attempts) };
    const told = one(STATES);
    if (told === 'reserved') return reserved({ ...name, deadline_ms: happens(0.9) ? this.shell.atMs + below(120_000) : undefined });
    if (told === 'standby') return attempt(told, { ...name, sku: 'lamp', standby: { number: 1 + below(9), place: 1 + below(9) } });
    return attempt(told, { ...name, ...(happens(0.3) && { reason: one(['shopper', 'capture_failed', 'sale_stopped']) }) });
  }

  detail = () => ({ ...this.news(), ...(this.chance.happens(0.5) && { payment: payment(this.chance.one(PAYMENTS), { tries_left: 2, failure: this.chance.one(FAILURES) }) }) });

  counts() {
    const { below } = this.chance;
    return { left: below(3), held: below(3), sold: below(6), standby_len: below(4) };
  }

  elsewhere() {
    const { wish } = this.shell.state;
    const { one } = this.chance;
    const fresh = { ...this.order(), key: this.key() };
    return one([undefined, fresh, { ...fresh, attemptId: this.attemptOf(fresh.key) }, wish && { ...wish, attemptId: wish.attemptId ?? this.attemptOf(wish.key) }]);
  }

  carried() {
    const { one, happens } = this.chance;
    const errand = one(this.errands);
    const type = one(['answered', 'answered', 'refused', 'delayed']);
    if (!errand) return { type: 'awake' };
    if (type !== 'answered') return { type, errand, problem: one(TROUBLES) };
    if (errand.what !== 'attempt') return { type, errand };
    const attempt_id = this.attemptOf(errand.key);
    const answered = one(ANSWERS)({ attempt_id, sku: 'lamp' });
    return { type, errand, letIn: happens(0.5) ? accepted({ attempt_id, ahead: 5, served: 1 }) : answered };
  }

  /** What happens next. */
  next() {
    const { one, below, happens } = this.chance;
    const status = () => one(['active', 'active', 'paused', 'ended', 'stopped']);
    const any = [
      () => ({ type: 'buy', order: this.order(), key: this.key() }),
      () => ({ type: 'pay', card: happens(0.8) ? one(['tok_ok', 'tok_slow']) : undefined, key: this.key() }),
      () => ({ type: 'give up' }),
      () => ({ type: happens(0.3) ? 'start anew' : 'awake' }),
      () => ({ type: 'link', link: one(['live', 'lost', 'polling']) }),
      () => this.carried(),
      () => this.carried(),
      () => ({ type: 'said', said: { type: 'attempt', ...this.news() } }),
      () => ({ type: 'said', said: { type: 'attempt', ...this.news() } }),
      () => ({ type: 'said', said: { type: 'order', event_id: EVENT, attempt_id: one(this.attempts), payment_id: 'p1', state: one(['paid', 'declined', 'voided', 'refunded', 'refund_failed']) } }),
      () => ({ type: 'said', said: progress({ status: status(), served: below(50), pace_per_s: below(20) }, this.counts()) }),
      () => ({ type: 'said', said: one([{ type: 'welcome' }, { type: 'pong' }, { type: 'bye' }, { type: 'problem' }]) }),
      () => ({ type: 'sale', sale: happens(0.8) ? sale({ status: status(), served: below(50) }, this.counts()) : undefined }),
      () => (happens(0.5) ? { type: 'no sale', problem: one(TROUBLES) } : { type: 'orders', orders: [] }),
      () => { const said = this.detail(); return { type: 'attempt', attemptId: said.attempt_id, attempt: said }; },
      () => ({ type: 'no attempt', attemptId: one(this.attempts), problem: one(TROUBLES) }),
      () => (happens(0.3) ? { type: 'kept elsewhere', wish: this.elsewhere() } : { type: 'due', timer: one(['ask', 'catch up', 'read sale']) }),
    ];
    this.shell.atMs += below(3_000);
    return one(any)();
  }

  happen() {
    const { type, ...said } = this.next();
    // Another tab has written it already.
    if (type === 'kept elsewhere') this.shell.kept = said.wish;
    const before = this.shell.state;
    this.shell.happen(type, said);
    this.remember();
    return { type, said, before, after: this.shell.state };
  }
}

/** What a wish is, apart from what has become of it. */
function meaning({ what, wish, attemptId, card }) {
  const { sku, quantity, coupon, accessCode } = wish ?? {};
  return JSON.stringify({ what, sku, quantity, coupon, accessCode, attemptId, card });
}

function judge(before, after, meanings, effects, atMs) {
  const [was, is] = [before.attempt, after.attempt];
  if (is?.state === 'reserved') {
    assert.notEqual(is.deadline_ms, undefined, 'a reservation has a deadline');
    assert.notEqual(state.payWithinMs(after, atMs), undefined, 'and its time to pay is known');
  }
  if (was && is) {
    assert.equal(is.attempt_id, was.attempt_id, 'an attempt does not become another');
    if (was.state !== 'in_line') assert.notEqual(is.state, 'in_line', 'what is decided stays decided');
    if (ENDED.includes(was.state)) assert.ok(is.state === was.state || is.state === 'closed', `${was.state} became ${is.state}`);
    if (was.state === 'confirmed') assert.ok(is.state === 'confirmed' || ENDED.includes(is.state), `confirmed became ${is.state}`);
  }
  if (is) assert.equal(after.wish?.attemptId, is.attempt_id, 'what is shown is what was asked for');
  if (!after.wish) assert.ok(!after.paying && !after.leaving && !after.submitting, 'who wants nothing pays nothing');
  for (const { errand } of effects.filter((effect) => effect.do === 'send')) {
    assert.equal(meanings.get(errand.key) ?? meaning(errand), meaning(errand), `two wishes under ${errand.key}`);
    meanings.set(errand.key, meaning(errand));
  }
}

function run(seed) {
  const world = new World(seed);
  const meanings = new Map();
  judge(world.shell.state, world.shell.state, meanings, world.shell.effects, world.shell.atMs);
  const latest = [];
  const seen = new Set();
  try {
    for (let count = 0; count < EVENTS; count += 1) {
      const { type, said, before, after } = world.happen();
      latest.push(`${type} ${JSON.stringify(said)}`);
      seen.add(after.attempt?.state);
      judge(before, after, meanings, world.shell.effects, world.shell.atMs);
      const again = rules.reduce(before, { type, atMs: world.shell.atMs, ...said });
      assert.deepEqual(again, { state: after, effects: world.shell.effects }, 'the same comes of the same');
    }
  } catch (error) {
    throw new Error(`FLASHLINE_SEED=${seed}, after\n${latest.slice(-8).join('\n')}`, { cause: error });
  }
  return seen;
}

test('in whatever order things happen, no answer turns back, no hold is without an end, and a key is one wish', () => {
  const { FLASHLINE_SEED: seed } = process.env;
  if (seed) return void run(Number(seed));
  const begin = Date.now() >>> 0;
  const seen = new Set();
  for (let count = 0; count < RUNS; count += 1) run(begin + count).forEach((told) => seen.add(told));
  for (const told of STATES) assert.ok(seen.has(told), `${told} never came up`);
});
