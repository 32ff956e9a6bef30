// What the page says of a sale, its prices and its line, as functions of what is known: without a browser.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { LAMP, NOW_MS, sale } from './shell.mjs';
import { modules } from './modules.mjs';

let pages, rules;
before(async () => {
  pages = await modules();
  const names = ['status', 'odds', 'ladder', 'off', 'list'];
  rules = Object.assign({}, ...(await Promise.all(names.map((name) => pages.load(`/src/shop/rules/${name}.ts`)))));
});
after(() => pages?.close());

describe('how a sale stands is one word', () => {
  const of = (said, { link = 'live', stalled = false } = {}) => rules.standingOf({ sale: sale(said), link, stalled }, NOW_MS);
  const later = { opens_at_ms: NOW_MS + 1_000 };
  const lobby = (opens, closes) => ({ status: 'upcoming', opens_at_ms: NOW_MS + 60_000, lobby: { opens_at_ms: NOW_MS + opens, closes_at_ms: NOW_MS + closes } });

  test('as it was told', () => {
    assert.equal(of({}), 'active');
    assert.equal(of({ status: 'upcoming', ...later }), 'upcoming');
    assert.equal(of({ status: 'upcoming' }), 'opening', 'its time has come, and nobody has said that it is open');
    assert.equal(of({ items: [{ ...LAMP, sold_out: true }] }), 'sold_out');
    assert.equal(of({}, { stalled: true }), 'stalled');
    assert.deepEqual([of(lobby(1_000, 2_000)), of(lobby(-1_000, 2_000)), of(lobby(-2_000, -1_000))], ['lobby_before', 'lobby_open', 'lobby_closed']);
    assert.equal(of({ lobby: { opens_at_ms: 0, closes_at_ms: 1, waits_for: 'beacon' } }), 'waits');
  });

  test('without a connection nothing is said to be going on, but what is over stays over', () => {
    for (const status of ['active', 'paused']) assert.equal(of({ status }, { link: 'lost' }), 'offline', status);
    for (const status of ['ended', 'stopped']) assert.equal(of({ status }, { link: 'lost' }), status);
    assert.equal(of({ status: 'paused' }, { stalled: true }), 'paused');
    assert.deepEqual(['offline', 'paused', 'active'].map(rules.isLive), [false, false, true]);
  });
});

describe('odds follow from what is left and who is before', () => {
  const of = (left, before, { quantity = 1, standby_len = 0, ...said } = {}) => rules.oddsOf(sale(said), { left, standby_len }, before, quantity);

  test('whoever is before may take several each', () => {
    assert.equal(of(10, 4), 'likely', 'eight at most go before the one');
    assert.equal(of(9, 4), 'likely');
    assert.equal(of(8, 4), 'open');
    assert.equal(of(5, 4), 'open');
    assert.equal(of(4, 4), 'standby');
    assert.equal(of(5, 4, { quantity: 2 }), 'standby');
    assert.equal(of(5, 4, { quantity_max: 1 }), 'likely');
  });

  test('those on standby come first; too many for standby, too, is said', () => {
    assert.equal(of(5, 4, { standby_len: 1 }), 'standby');
    assert.equal(of(143, 2_450), 'none');
    assert.equal(of(143, 2_450, { standby_max: 5_000 }), 'standby');
    assert.equal(of(1, 1, { standby_max: 0 }), 'none');
  });

  test('where others may want another item, only what holds whatever they want', () => {
    const items = [LAMP, { ...LAMP, sku: 'other' }];
    assert.equal(of(9, 4, { items }), 'likely');
    assert.equal(of(4, 400, { items }), undefined);
  });
});

test('the ladder shows the tier that runs among its neighbours, and the list price after the last', () => {
  const tiers = [50, 100, 150, 200, 250].map((units) => ({ units, unit_minor: units * 10 }));
  const shown = (tier) => rules.ladder({ tiers, tier, list_minor: 9_000 }).map(({ at, isNow }) => (isNow ? `${at}!` : `${at}`));
  assert.deepEqual(shown(1), ['1!', '2', '3', '4']);
  assert.deepEqual(shown(3), ['2', '3!', '4', '5']);
  assert.deepEqual(shown(undefined), ['3', '4', '5', '6!']);
  assert.deepEqual(rules.ladder({ list_minor: 9_000 }), []);
  assert.deepEqual(rules.ladder({ tiers: tiers.slice(0, 1), tier: 1, list_minor: 9_000 }), [
    { at: 1, units: 50, unitMinor: 500, isNow: true },
    { at: 2, units: undefined, unitMinor: 9_000, isNow: false },
  ]);
});

test('a discount is rounded down, and none is none', () => {
  const off = (list_minor, sale_minor) => rules.offOf({ list_minor, sale_minor });
  assert.deepEqual([off(4500, 2250), off(999, 667), off(1000, 999), off(1000, 1000), off(0, 0)], [5000, 3300, undefined, undefined, undefined]);
});

test('the list is in sections by status and clock, what is sold out last, and is asked for when one turns', () => {
  const one = (event_id, said) => sale({ event_id, ...said });
  const sales = [
    one('old', { status: 'ended', closes_at_ms: NOW_MS - 5 }),
    one('newer', { status: 'stopped', closes_at_ms: NOW_MS - 1 }),
    one('gone', { items: [{ ...LAMP, sold_out: true }] }),
    one('open', {}),
    one('opening', { status: 'upcoming' }),
    one('soon', { status: 'upcoming', opens_at_ms: NOW_MS + 2_000 }),
  ];
  const { open, soon, over } = rules.inSections(sales, NOW_MS);
  const named = (part) => part.map(({ event_id }) => event_id);
  assert.deepEqual([named(open), named(soon), named(over)], [['open', 'opening', 'gone'], ['soon'], ['newer', 'old']]);
  assert.equal(rules.nextTurnMs(sales, NOW_MS), 2_000);
  assert.equal(rules.nextTurnMs([], NOW_MS), Infinity);
});
