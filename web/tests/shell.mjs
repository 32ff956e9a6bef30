// A shopper's shell without a browser: what is said to it and done at it, and what the rules make of that.
import assert from 'node:assert/strict';

export const EVENT = '00000000-0000-4000-8000-000000000001';
export const NOW_MS = 1_900_000_000_000;
export const LAMP = {
  sku: 'lamp', name: 'Lamp', description: '', list_minor: 4500, sale_minor: 2250, allocated: 10, left: 10, held: 0, sold: 0, standby_len: 0, sold_out: false,
};

export const sale = (said = {}, item = {}) => ({
  event_id: EVENT, name: 'Lamps', description: '', status: 'active', server_time_ms: NOW_MS, opens_at_ms: NOW_MS - 1_000, closes_at_ms: NOW_MS + 3_600_000,
  currency: 'EUR', currency_digits: 2, checkout: 'reservation', hold_ms: 120_000, per_shopper_max: 2, quantity_max: 2, standby_max: 20,
  access_code_needed: false, served: 0, items: [{ ...LAMP, ...item }], ...said,
});

export const progress = (said = {}, item = {}) => ({
  type: 'progress', event_id: EVENT, at_ms: NOW_MS, status: 'active', served: 0, pace_per_s: 0, stalled: false,
  items: [{ sku: 'lamp', left: 10, held: 0, sold: 0, standby_len: 0, unit_minor: 2250, ...item }], ...said,
});

export const accepted = (said = {}) => ({
  attempt_id: 'a1', event_id: EVENT, state: 'in_line', server_time_ms: NOW_MS, poll_after_ms: 1_000, socket_url: 'ws://shop/ws', ...said,
});

/** As it travels: what is undefined is left out. */
export const attempt = (state, said = {}) => JSON.parse(JSON.stringify({ attempt_id: 'a1', event_id: EVENT, state, ...said }));
export const PRICE = { currency: 'EUR', total_minor: 2250, lines: [{ units: 1, unit_minor: 2250, tier: 1 }] };
export const reserved = (said = {}) => attempt('reserved', { answer: 'reserved', sku: 'lamp', quantity: 1, price: PRICE, deadline_ms: NOW_MS + 120_000, ...said });
export const payment = (state, said = {}) => ({ payment_id: 'p1', attempt_id: 'a1', state, amount_minor: 2250, currency: 'EUR', ...said });
export const problem = (status, kind) => ({ kind, status, isPassing: status === 0 || status === 408 || status === 429 || status >= 500 });

/** No value of the rules may be changed by them. */
export function frozen(value) {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

export class Shell {
  /** Of the latest step. */
  effects = [];
  atMs = NOW_MS;

  constructor(rules, wish, link = 'connecting') {
    this.rules = rules;
    this.kept = wish;
    this.take(rules.open(EVENT, frozen(wish), link));
  }

  happen(type, said = {}) {
    this.take(this.rules.reduce(this.state, frozen({ type, atMs: this.atMs, ...said })));
    return this;
  }

  hear = (said) => this.happen('said', { said });
  ask = (said) => this.happen('attempt', { attemptId: said.attempt_id, attempt: said });
  read = (said) => this.happen('sale', { sale: said });
  buy = (key = 'k1', order = {}) => this.happen('buy', { key, order: { sku: 'lamp', quantity: 1, shownMinor: 2250, ...order } });
  pay = (key = 'p-key', card = 'tok_ok') => this.happen('pay', { key, card });

  /** The courier comes back from its latest errand of a kind. */
  answer(what, said = {}) {
    return this.happen('answered', { errand: this.errands[what], ...said });
  }
  refuse(what, status, kind) {
    return this.happen('refused', { errand: this.errands[what], problem: problem(status, kind) });
  }
  delay(what, status, kind) {
    return this.happen('delayed', { errand: this.errands[what], problem: problem(status, kind) });
  }

  did = (what) => this.effects.filter((effect) => effect.do === what);
  sent = (what) => this.did('send').map(({ errand }) => errand).filter((errand) => errand.what === what);

  take({ state, effects }) {
    this.state = frozen(state);
    this.effects = frozen(effects);
    this.errands ??= {};
    for (const effect of effects) {
      if (effect.do === 'keep') this.kept = effect.wish;
      if (effect.do !== 'send') continue;
      const { errand } = effect;
      this.errands[errand.what] = errand;
      // A reload at this moment sends the same again.
      if (errand.what === 'attempt') assert.equal(this.kept?.key, errand.key, 'kept before it is sent');
      if (errand.what === 'payment') assert.equal(this.kept?.payment?.key, errand.key, 'kept before it is sent');
    }
  }
}
