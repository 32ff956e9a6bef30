// The words that the API's description names only in prose, held against those that the pages know.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const read = (path) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const { schemas } = JSON.parse(read('openapi.json')).components;

/** The words of a union of ours. */
function known(path, name) {
  const [, union] = new RegExp(`export type ${name} =([^;]+);`).exec(read(path)) ?? assert.fail(`no ${name} in ${path}`);
  return [...union.matchAll(/'(\w+)'/g)].map(([, word]) => word).sort();
}

/** The words in the prose about a field. */
const told = (schema, field) => [...schemas[schema].properties[field].description.matchAll(/`(\w+)`/g)].map(([, word]) => word).sort();

test('the pages know the words of every state that is only described', () => {
  assert.deepEqual(known('src/shop/types.ts', 'SaleStatus'), told('SaleView', 'status'));
  assert.deepEqual(known('src/shop/types.ts', 'PaymentState'), told('PaymentView', 'state'));
  assert.deepEqual(known('src/shop/types.ts', 'OrderState'), told('OrderView', 'state'));
  assert.deepEqual(known('src/admin/types.ts', 'Status'), [...told('SaleView', 'status'), 'draft'].sort());
});
