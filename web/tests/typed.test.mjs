// What is understood of what people type into the console's forms, and what is refused because it is not certain.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { modules } from './modules.mjs';

const ZONE = 'Europe/Berlin';
let pages, amounts, times, refusals;
before(async () => {
  pages = await modules();
  amounts = await pages.load('/src/admin/amount.ts');
  times = await pages.load('/src/admin/zone.ts');
  refusals = await pages.load('/src/admin/refused.ts');
});
after(() => pages?.close());

test('a price that could mean two things is none', () => {
  const cases = [
    // text, digits, separator, minor units
    ['12.34', 2, '.', 1234], ['12,34', 2, '.', 1234], ['12', 2, '.', 1200], ['12.5', 2, ',', 1250], [' 80.00 ', 2, '.', 8000], ['0', 2, '.', 0],
    ['0.07', 2, '.', 7], ['1,234', 2, '.', undefined], ['1.234', 2, ',', undefined], ['1,234.00', 2, '.', undefined], ['', 2, '.', undefined],
    ['  ', 2, '.', undefined], ['12.345', 2, '.', undefined], ['1e3', 2, '.', undefined], ['-1', 2, '.', undefined], ['+1', 2, '.', undefined],
    ['.5', 2, '.', undefined], ['5.', 2, '.', undefined], ['1 000', 2, '.', undefined], ['0x10', 2, '.', undefined], ['Infinity', 2, '.', undefined],
    ['€5', 2, '.', undefined], ['1234', 0, '.', 1234], ['1,234', 0, '.', undefined], ['12.0', 0, '.', undefined],
    ['1.234', 3, '.', 1234], ['1,234', 3, '.', undefined], ['1,234', 3, ',', 1234], ['1.234', 3, ',', undefined], ['1.2', 3, ',', 1200],
    ['١٢٫٥٠', 2, '.', 1250], ['۱۲', 2, '.', 1200], ['5000000000', 2, '.', 500_000_000_000], ['5000000000.01', 2, '.', undefined],
    ['99999999999999999999', 2, '.', undefined], ['0.1', 4, '.', 1000],
  ];
  for (const [text, digits, separator, minor] of cases) assert.equal(amounts.amount(text, digits, separator), minor, `${text} with ${digits} digits and ${separator}`);
});

test('what the form shows of a price is read as that price', () => {
  for (const digits of [0, 2, 3, 4]) {
    for (const separator of ['.', ',']) {
      for (const minor of [0, 1, 7, 10, 99, 100, 101, 1234, 123_456, 1_000_000, 500_000_000_000]) {
        assert.equal(amounts.amount(amounts.written(minor, digits, separator), digits, separator), minor, `${minor} with ${digits} digits`);
      }
    }
  }
});

test('percentages and counts are read as strictly', () => {
  const percent = (text) => amounts.basisPoints(text, '.');
  assert.deepEqual(['50', '12.5', '100', '0', '0,25'].map(percent), [5000, 1250, 10_000, 0, 25]);
  for (const wrong of ['1,000', '1.000', '100.01', '101', '', '1e1', '-5', '5%']) assert.equal(percent(wrong), undefined, wrong);
  assert.deepEqual(['0', '12', '١٢'].map(amounts.count), [0, 12, 12]);
  for (const wrong of ['', '1.5', '1e3', '1,000', '-1', '9999999999']) assert.equal(amounts.count(wrong), undefined, wrong);
});

test('a time stands for as many instants as clocks show it', () => {
  const [of, local] = [(text) => times.instants(text, ZONE), (instant) => times.local(instant, ZONE)];
  assert.deepEqual(of('2026-07-01T12:00'), ['2026-07-01T10:00:00.000Z']);
  assert.deepEqual(of('2026-10-25T02:30'), ['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z'], 'put back');
  assert.deepEqual(of('2026-10-25T01:30'), ['2026-10-24T23:30:00.000Z']);
  assert.deepEqual(of('2026-10-25T03:30'), ['2026-10-25T02:30:00.000Z']);
  assert.deepEqual(of('2026-03-29T02:30'), [], 'jumped over');
  assert.deepEqual(of(''), []);
  for (const instant of ['2026-10-25T00:30:12.345Z', '2026-10-25T01:30:12.345Z', '2026-01-01T00:00:05.000Z', '2026-06-30T22:00:00.000Z']) {
    assert.ok(of(local(instant)).includes(instant), `${instant}, shown as ${local(instant)}`);
  }
});

test('what the API refuses is led to the fields that it names', () => {
  const of = refusals.refusedOf;
  assert.deepEqual(of('items[1].list_minor: from 0 to 5; hold_seconds: from 1 to 3600'), {
    'items[1].list_minor': 'from 0 to 5', hold_seconds: 'from 1 to 3600',
  });
  const twice = 'items[0].list_minor: 10 minor units; too little; items[0].list_minor with coupons[1]: 5 minor units; too little';
  assert.deepEqual(of(twice), { 'items[0].list_minor': '10 minor units; too little; with coupons[1]: 5 minor units; too little' });
  assert.deepEqual(of('items[0].discount.tiers[2].cut: at most all'), { 'items[0].discount.tiers[2].cut': 'at most all' });
  assert.deepEqual(of('list_minor: from 0 to 5', 'items[3].'), { 'items[3].list_minor': 'from 0 to 5' });
  assert.deepEqual(of('The server said no: nobody knows why'), {});
});
