// What the form of a sale warns of, checks, proposes and copies: without a browser.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { modules } from './modules.mjs';

process.env.TZ = 'Europe/Berlin';
let pages, steps, sku, prices, warning, checklist, copied, found, times, drafts, shown;
before(async () => {
  // The words of the console are those of this browser.
  globalThis.navigator ??= {};
  Object.defineProperty(globalThis.navigator, 'languages', { value: ['en-US'], configurable: true });
  pages = await modules();
  const load = (name) => pages.load(`/src/admin/form/${name}.ts`);
  [steps, sku, prices, warning, checklist, copied, found, shown] = await Promise.all(['steps', 'sku', 'unitPrice', 'warnings', 'checklist', 'copied', 'found', 'shown'].map(load));
  times = await pages.load('/src/admin/zone.ts');
  drafts = await pages.load('/src/admin/draft.ts');
  (await pages.load('/src/i18n/locale.ts')).learnDigits('EUR', 2);
});
after(() => pages?.close());

const EURO = { digits: 2, separator: '.' };
const NOW = Date.parse('2027-05-01T10:00:00Z');
const product = (more) => ({ id: '1', sku: 'lamp', name: 'Lamp', description: '', list_minor: 4500, currency: 'EUR', version: 1, ...more });
const item = (more) => ({ ...drafts.emptyItem, newName: 'Bowl', newSku: 'bowl', list: '100', allocation: '10', ...more });
const draft = ({ items = [item()], ...more } = {}) => ({ ...drafts.emptyDraft(), name: 'Bowls', description: 'Blue', opens: '2027-05-02T10:00:00.000Z', closes: '2027-05-02T12:00:00.000Z', items, ...more });
const warnings = (of, { products = [], missing = [] } = {}) =>
  warning.warningsOf(of, { nowMs: NOW, products, reading: EURO, missing: new Set(missing) }).map(({ kind, step, at }) => [kind, step, ...(at ? [at] : [])]);
const flat = (kind, amount) => ({ discount: 'flat', tiers: [{ kind, amount, units: '' }] });

test('what the API names leads to its step', () => {
  for (const [field, step] of [['name', 'sold'], ['items[0].discount.tiers[1].cut', 'sold'], ['lobby.opens_at', 'start'], ['checkout_url', 'rules'], ['coupons[2].code', 'buyers'], ['buyer_fields.questions[0].text', 'buyers'], ['what_comes_later', 'sold']]) {
    assert.equal(steps.stepOf(field), step, field);
  }
  assert.deepEqual([null, 'nowhere', 'check'].map(steps.stepNamed), ['sold', 'sold', 'check']);
});

test('a step is wrong, open or complete; what is missing is wrong once it was asked for', () => {
  const [good, blank, bad] = [{ isValid: true, isMissing: false }, { isValid: false, isMissing: true }, { isValid: false, isMissing: false }];
  assert.equal(steps.standingOf('sold', [good], {}, false), 'complete');
  assert.equal(steps.standingOf('sold', [good, blank], {}, false), 'open');
  assert.equal(steps.standingOf('sold', [good, blank], {}, true), 'wrong');
  assert.equal(steps.standingOf('sold', [bad], {}, false), 'wrong');
  assert.equal(steps.standingOf('start', [good], { 'lobby.closes_at': 'too late' }, false), 'wrong');
  assert.equal(steps.standingOf('sold', [good], { 'lobby.closes_at': 'too late' }, false), 'complete');
});

test('a SKU follows the name until somebody types another', () => {
  const first = sku.followed('', '', 'Blue Chäir', 'ab1c2');
  assert.equal(first, 'blue-chair-ab1c2');
  assert.equal(sku.followed(first, 'Blue Chäir', 'Red chair', 'zzzzz'), 'red-chair-ab1c2', 'its mark stays');
  assert.equal(sku.followed('CH-1', 'Blue', 'Red', 'zzzzz'), 'CH-1');
  assert.equal(sku.followed('', '', '椅子', 'ab1c2'), 'item-ab1c2');
  assert.equal(sku.followed(first, 'Blue Chäir', ' ', 'zzzzz'), '');
  assert.match(sku.newMark(), /^[a-z0-9]{5}$/);
});

test('a price with a cut is what the line computes', () => {
  const of = (minor, kind, amount) => prices.withCut(minor, { kind, amount }, EURO);
  assert.equal(of(999, 'percent_off', '25'), 749, 'as in sale::pricing');
  assert.equal(of(999, 'percent_off', '50'), 500, 'a half is rounded up');
  assert.equal(of(500, 'amount_off', '6'), 0);
  assert.equal(of(500, 'fixed_price', '6'), 500, 'never dearer');
  assert.equal(of(500, 'percent_off', '1,000'), undefined);
});

test('a usual sale is warned of nothing', () => assert.deepEqual(warnings(draft()), []));

test('each warning comes with what it is about, and not a step before', () => {
  const one = (more, given) => warnings(draft({ items: [item(more)] }), given);
  assert.deepEqual(one({ list: '0' }), [['free', 'sold', 1]]);
  assert.deepEqual(one(flat('percent_off', '100')), [['free', 'sold', 1]]);
  assert.deepEqual(one(flat('percent_off', '90.01')), [['deep', 'sold', 1]]);
  assert.deepEqual(one(flat('percent_off', '90')), []);
  assert.deepEqual(one(flat('fixed_price', '9.99')), [['deep', 'sold', 1]]);
  assert.deepEqual(one({ allocation: '0' }), [['no_stock', 'sold', 1]]);
  assert.deepEqual(one({ newPicture: '/gone.png' }, { missing: ['/gone.png'] }), [['picture', 'sold', 1]]);
  assert.deepEqual(one({ newPicture: '/there.png' }, { missing: ['/gone.png'] }), []);
  assert.deepEqual(one({ allocation: '1' }), [['limit_over_stock', 'rules']]);
  assert.deepEqual(one({ list: '1,000' }), [], 'of what is not certain nothing is said');
  const coupon = (amount, items) => warnings(draft({ coupons: [{ kind: 'percent_off', amount, code: 'A', usesMax: '' }], ...(items && { items }) }));
  assert.deepEqual(coupon('91'), [['deep_coupon', 'buyers', 1]]);
  assert.deepEqual(coupon('50'), []);
  assert.deepEqual(coupon('85', [item(flat('percent_off', '50'))]), [['deep_coupon', 'buyers', 1]], 'on top of a discount');
  assert.deepEqual(warnings(draft({ holdSeconds: '59' })), [['short_hold', 'rules']]);
  assert.deepEqual(warnings(draft({ opens: '2027-05-01T09:59:00Z' })), [['opens_past', 'start']]);
  assert.deepEqual(warnings(draft({ opens: '2027-05-01T08:00:00Z', closes: '2027-05-01T09:00:00Z' })), [['closed_past', 'start']]);
  assert.deepEqual(warnings(draft({ closes: '2027-05-20T10:00:00Z' })), [['long', 'start']]);
  assert.deepEqual(warnings(draft({ closes: '2027-05-02T10:05:00Z' })), [['shorter_than_hold', 'start']]);
  assert.deepEqual(warnings(draft({ opens: '', closes: '' })), []);
});

test('the price of a product that is there counts, unless the sale has its own', () => {
  const lamp = item({ sku: 'lamp', list: '', ...flat('fixed_price', '4') });
  assert.deepEqual(warnings(draft({ items: [lamp] }), { products: [product()] }), [['deep', 'sold', 1]]);
  assert.deepEqual(warnings(draft({ items: [{ ...lamp, list: '10' }] }), { products: [product()] }), []);
});

test('the checklist says what is known, and no more', () => {
  const up = { up: true, answered_in_ms: 1 };
  const health = { broker: up, redis: up, postgres: up, services: [{ name: 'ingress', living: 1 }], catalogue_loaded: true, lines: [] };
  const of = (draft, more) => {
    const seen = { products: [], reading: EURO, gateways: ['sandbox'], gateway: 'sandbox', health, warnings: warning.warningsOf(draft, { nowMs: NOW, products: [], reading: EURO, missing: new Set() }), ...more };
    return Object.fromEntries(checklist.checklistOf(draft, seen).map(({ kind, mark }) => [kind, mark]));
  };
  const good = { prices: 'done', stock: 'done', times: 'done', texts: 'done', gateway: 'unknown', servers: 'done' };
  assert.deepEqual(of(draft()), good);
  assert.deepEqual(of(draft({ description: '' })), { ...good, texts: 'look' });
  assert.deepEqual(of(draft({ name: '' })), { ...good, texts: 'open' });
  assert.deepEqual(of(draft({ items: [item({ list: '' })] })), { ...good, prices: 'open' });
  assert.deepEqual(of(draft({ items: [item({ allocation: '' })] })), { ...good, stock: 'open' });
  assert.deepEqual(of(draft({ closes: '2027-05-02T09:00:00Z' })), { ...good, times: 'open' });
  assert.deepEqual(of(draft(), { gateways: [] }), { ...good, gateway: 'open' });
  assert.deepEqual(of(draft(), { health: undefined }), { ...good, servers: 'unknown' });
  assert.deepEqual(of(draft(), { health: { ...health, redis: { up: false } } }), { ...good, servers: 'open' });
  assert.deepEqual(of(draft(), { health: { ...health, services: [{ name: 'notifier', living: 0 }] } }), { ...good, servers: 'open' });
  assert.deepEqual(of(draft(), { health: { ...health, services: [] } }), { ...good, servers: 'open' }, 'nobody knows of them');
  assert.equal('gateway' in of(draft({ checkout: 'handed_over' })), false);
});

test('a copy has all but the times and the access codes', () => {
  const lobby = { opens: '2020-01-01T00:00:00.000Z', closes: '2020-01-01T01:00:00.000Z', beacon: true };
  const original = draft({ opens: '2020-01-01T02:00:00.000Z', closes: '2020-01-01T03:00:00.000Z', lobby, accessCodes: 'friends', series: 's1', coupons: [{ kind: 'percent_off', amount: '5', code: 'A', usesMax: '' }] });
  const { name, opens, closes, lobby: itsLobby, accessCodes, ...rest } = copied.copyOf(original, 'Bowls (copy)');
  const { name: _, opens: __, closes: ___, lobby: ____, accessCodes: _____, ...all } = original;
  assert.deepEqual(rest, all);
  assert.equal(name, 'Bowls (copy)');
  assert.equal(accessCodes, '');
  assert.ok(Date.parse(opens) > Date.now() && Date.parse(closes) > Date.parse(opens));
  assert.ok(itsLobby.beacon && Date.parse(itsLobby.closes) < Date.parse(opens) && Date.parse(itsLobby.opens) < Date.parse(itsLobby.closes));
  const not = (more) => copied.notCopiedOf({ access_code_count: 0, participation: 'anyone', ...more });
  assert.deepEqual(not(), ['times']);
  assert.deepEqual(not({ access_code_count: 2, participation: 'email', series_id: 's1' }), ['times', 'access_codes', 'invitations', 'series']);
});

test('products are found by every word of their name or SKU', () => {
  const all = [product(), product({ sku: 'kante-1', name: 'Café-Tisch' }), product({ sku: 'x', name: 'Standing lamp' })];
  const of = (typed, most = 10) => found.found(all, typed, most).map(({ sku }) => sku);
  assert.deepEqual(of(''), ['lamp', 'kante-1', 'x']);
  assert.deepEqual(of('LAMP'), ['lamp', 'x']);
  assert.deepEqual(of('lamp stand'), ['x']);
  assert.deepEqual(of('cafe'), ['kante-1']);
  assert.deepEqual(of('nothing'), []);
  assert.deepEqual(of('lamp', 1), ['lamp']);
});

test('what a shopper sees of a sale before anything is sold', () => {
  const tiers = { discount: 'tiers', tiers: [{ kind: 'percent_off', amount: '50', units: '3' }, { kind: 'amount_off', amount: '10', units: '2' }] };
  const [bowl] = shown.shownOf(draft({ items: [item(tiers)] }), [], EURO).items;
  assert.deepEqual([bowl.listMinor, bowl.saleMinor, bowl.off], [10_000, 5_000, 5_000]);
  assert.deepEqual(bowl.ladder, [{ units: 3, unitMinor: 5_000 }, { units: 2, unitMinor: 9_000 }, { units: undefined, unitMinor: 10_000 }]);
  const [lamp] = shown.shownOf(draft({ items: [item({ sku: 'lamp', list: '' })] }), [product({ image_url: '/l.svg' })], EURO).items;
  assert.deepEqual([lamp.name, lamp.picture, lamp.saleMinor, lamp.off, lamp.ladder], ['Lamp', '/l.svg', 4_500, undefined, []]);
});

test('clocks of any zone are read: also the hour that they show twice, and the one that they jump over', () => {
  assert.equal(times.local('2027-07-01T12:00:00.000Z', 'Asia/Kathmandu'), '2027-07-01T17:45');
  assert.equal(times.local('2027-07-01T12:00:05.120Z', 'America/New_York'), '2027-07-01T08:00:05.120');
  assert.deepEqual(times.instants('2027-10-31T02:30', 'Europe/Berlin'), ['2027-10-31T00:30:00.000Z', '2027-10-31T01:30:00.000Z']);
  assert.deepEqual(times.instants('2027-03-28T02:30', 'Europe/Berlin'), []);
  assert.deepEqual(times.instants('2027-03-28T02:30', 'America/New_York'), ['2027-03-28T06:30:00.000Z']);
  assert.deepEqual(times.instants('nonsense', 'UTC'), []);
  assert.equal(times.sameClock('2027-07-01T12:00:00.000Z', 'Europe/Berlin', 'Asia/Tokyo'), '2027-07-01T05:00:00.000Z');
  assert.equal(times.zoneOf('2027-07-01T12:00:00Z', 'Asia/Kathmandu'), 'Asia/Kathmandu, UTC+5:45');
  assert.deepEqual(['UTC', 'Europe/Berlin', 'Mars/Base', ''].map(times.isZone), [true, true, false, false]);
  assert.equal(times.zoneIn('Mars/Base'), 'Europe/Berlin', 'this one where another is not known');
});

test('a draft is sent without what is missing, and a sale to be scheduled is not', () => {
  const blank = { ...drafts.emptyItem };
  assert.deepEqual(drafts.withoutBlanks(draft({ items: [blank, item(), blank] })).items.map(({ newName }) => newName), ['Bowl']);
  const spec = drafts.specOf(draft({ items: [item({ allocation: '' })], checkout: 'handed_over' }), false);
  assert.deepEqual([spec.items[0].allocation, spec.checkout_url, spec.time_zone], [0, null, 'Europe/Berlin']);
  assert.throws(() => drafts.specOf(draft({ items: [item({ allocation: '' })] }), true));
  const trouble = (of, scheduled) => Object.keys(drafts.troubleWith(draft(of), scheduled));
  assert.deepEqual(trouble({ items: [] }, true), ['items']);
  assert.deepEqual(trouble({ checkout: 'handed_over' }, true), ['checkout_url']);
  assert.deepEqual(trouble({ items: [], checkout: 'handed_over' }, false), []);
  assert.deepEqual(trouble({ zone: 'Mars/Base' }, false), ['time_zone']);
});

test('an instant is named with its zone and in UTC', () => {
  assert.equal(times.zoneOf('2027-01-01T12:00:00Z'), 'Europe/Berlin, UTC+1');
  assert.equal(times.zoneOf('2027-07-01T12:00:00Z'), 'Europe/Berlin, UTC+2');
  assert.equal(times.utcOf('2027-07-01T12:00:00.000Z'), '2027-07-01 12:00 UTC');
  assert.equal(times.utcOf('2027-07-01T12:00:05.120Z'), '2027-07-01 12:00:05.120 UTC');
});
