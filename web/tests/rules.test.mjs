// What a shopper can do at the page and what comes of it, without a browser, a server or a clock.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { accepted, attempt, Shell, EVENT, NOW_MS, payment, PRICE, problem, progress, reserved, sale } from './shell.mjs';
import { modules } from './modules.mjs';

let pages, rules, state, prices, titles, states;
before(async () => {
  pages = await modules();
  rules = await pages.load('/src/shop/rules/reduce.ts');
  state = await pages.load('/src/shop/rules/state.ts');
  prices = await pages.load('/src/shop/rules/price.ts');
  titles = await pages.load('/src/shop/titles.ts');
  states = await pages.load('/src/shop/states.ts');
});
after(() => pages?.close());

const opened = (wish, link) => new Shell(rules, wish, link);
const inLine = () => opened().read(sale()).happen('link', { link: 'live' }).buy().answer('attempt', { letIn: accepted() });
const holding = () => inLine().hear({ type: 'attempt', ...reserved() });
const left = (shell) => state.payWithinMs(shell.state, shell.atMs);

describe('buying', () => {
  test('a click is kept, sent, let in, and heard of', () => {
    const shell = opened().read(sale()).buy();
    assert.deepEqual(shell.effects.map((effect) => effect.do), ['recall', 'keep', 'send']);
    assert.equal(state.has(shell.state), 'nothing', 'before the door has said yes');
    shell.answer('attempt', { letIn: accepted({ ahead: 7, served: 100 }) });
    assert.deepEqual(shell.effects.map((effect) => effect.do), ['keep', 'watch']);
    assert.deepEqual(shell.kept, { sku: 'lamp', quantity: 1, shownMinor: 2250, key: 'k1', attemptId: 'a1', pollAfterMs: 1_000, ahead: 7, served: 100 });
    assert.equal(shell.state.attempt.state, 'in_line');
    shell.hear({ type: 'attempt', ...reserved() });
    assert.equal(state.has(shell.state), 'reservation');
    assert.equal(left(shell), 120_000);
    assert.deepEqual([shell.state.news, shell.did('ring').length], [1, 1]);
  });

  test('who must sign in does so while there is anything to buy, also before the sale opens', () => {
    const asked = (said, identity = 'guest') => states.mustSignIn(sale({ participation: 'email', ...said }), identity);
    for (const status of ['upcoming', 'active', 'paused']) assert.equal(asked({ status }), true, status);
    for (const status of ['ended', 'stopped']) assert.equal(asked({ status }), false, status);
    for (const identity of ['email', 'customer']) assert.equal(asked({}, identity), false, 'whoever has signed in');
    assert.deepEqual(['guest', 'email', 'customer'].map((identity) => asked({ participation: 'account' }, identity)), [true, true, false]);
    assert.equal(asked({ participation: 'anyone' }), false);
    assert.equal(asked({ items: [{ sku: 'lamp', sold_out: true }] }), false);
  });

  test('what the line has answered by then comes with the click', () => {
    const shell = opened().read(sale()).happen('link', { link: 'live' }).buy().answer('attempt', { letIn: reserved() });
    assert.deepEqual(shell.effects.map((effect) => effect.do), ['keep', 'watch', 'ring']);
    assert.deepEqual(shell.did('watch'), [{ do: 'watch', isKnown: true }], 'nobody need tell it again');
    assert.deepEqual([state.has(shell.state), left(shell), shell.kept.attemptId], ['reservation', 120_000, 'a1']);
    shell.hear({ type: 'attempt', ...reserved() });
    assert.deepEqual(shell.effects, [], 'what is heard a second later is nothing new');
    const unknown = opened().read(sale()).buy().answer('attempt', { letIn: reserved({ deadline_ms: undefined }) });
    assert.deepEqual([unknown.state.attempt.state, unknown.did('later').length], ['in_line', 1], 'nobody could say until when');
  });

  test('a second click buys nothing more', () => {
    const shell = opened().read(sale()).buy('k1').buy('k2');
    assert.deepEqual(shell.effects, []);
    assert.equal(shell.state.wish.key, 'k1');
    assert.deepEqual(inLine().buy('k2').effects, [], 'nor one that comes later');
  });

  for (const [status, kind] of [[409, 'not_started'], [422, 'invalid'], [403, 'access_code_wrong'], [410, 'sold_out'], [429, 'too_many_guesses']]) {
    test(`refused at the door (${status} ${kind}), what was filled in stays, and nothing else`, () => {
      const shell = opened().read(sale()).buy('k1', { coupon: 'later', accessCode: 'guess' }).refuse('attempt', status, kind);
      assert.equal(shell.state.wish, undefined);
      assert.equal(shell.kept, undefined);
      assert.equal(shell.state.problem.kind, kind);
      assert.deepEqual([shell.state.refused.coupon, shell.state.refused.accessCode], ['later', 'guess']);
      assert.equal(shell.did('read sale').length, 1, 'the sale may have changed');
      shell.buy('k2');
      assert.deepEqual(shell.sent('attempt').map(({ key }) => key), ['k2'], 'a new try is a new wish');
      assert.deepEqual([shell.state.problem, shell.state.refused], [undefined, undefined]);
    });
  }

  test('what another tab has brought in stays in, whatever this one is told', () => {
    const shell = opened().read(sale()).buy().delay('attempt', 503, 'line_unavailable');
    shell.happen('kept elsewhere', { wish: { ...shell.kept, attemptId: 'a1' } });
    assert.deepEqual([shell.did('recall'), shell.state.problem], [[{ do: 'recall', key: 'k1' }], undefined]);
    assert.equal(shell.refuse('attempt', 410, 'sale_ended').state.wish.attemptId, 'a1');
  });

  test('while the door does not answer, that is said, and the wish is kept', () => {
    const shell = opened().read(sale()).buy().delay('attempt', 503, 'line_unavailable');
    assert.equal(shell.state.problem.kind, 'line_unavailable');
    assert.equal(shell.kept.key, 'k1');
    assert.deepEqual(shell.sent('attempt'), [], 'the courier sends it again by itself');
    shell.answer('attempt', { letIn: accepted() });
    assert.equal(shell.state.problem, undefined);
  });

  test('the place in line and the time it takes follow what everybody hears', () => {
    const shell = opened().read(sale({ served: 100 })).happen('link', { link: 'live' }).buy().answer('attempt', { letIn: accepted({ ahead: 50, served: 100 }) });
    assert.equal(state.ahead(shell.state), 50);
    assert.equal(state.wait(shell.state), undefined, 'no pace to go by');
    for (const served of [110, 120, 130]) shell.hear(progress({ served, pace_per_s: 10 }));
    assert.equal(state.ahead(shell.state), 20);
    assert.deepEqual(state.wait(shell.state), { fromMs: 2_000, toMs: 2_000 });
    shell.hear(progress({ served: 90, pace_per_s: 10, stalled: true }));
    assert.equal(state.ahead(shell.state), 20, 'nobody is served back');
    assert.equal(shell.state.stalled, true);
    assert.equal(state.ahead(shell.hear(progress({ served: 500 })).state), 0);
  });

  test('progress and attempts of another sale, and news of another order, change nothing', () => {
    const shell = inLine();
    const before = shell.state;
    shell.hear(progress({ event_id: 'other', served: 9 })).hear({ type: 'attempt', ...reserved({ attempt_id: 'a2', event_id: 'other' }) });
    shell.hear({ type: 'order', event_id: EVENT, attempt_id: 'a2', payment_id: 'p1', state: 'paid' }).ask(reserved({ attempt_id: 'a2' }));
    assert.equal(shell.state, before);
  });

  test('where the price was another at the click, that is known', () => {
    const rose = { ...PRICE, total_minor: 6750, lines: [{ units: 1, unit_minor: 2250 }, { units: 1, unit_minor: 4500 }] };
    const shell = inLine().hear({ type: 'attempt', ...reserved({ price: rose }) });
    const change = (price) => prices.changeOf(price, shell.state.wish.shownMinor);
    assert.equal(change(shell.state.attempt.price), 'some');
    assert.equal(change({ ...PRICE, lines: [{ units: 1, unit_minor: 4500 }] }), 'all');
    assert.equal(change(PRICE), undefined);
    assert.equal(change({ ...PRICE, coupon: 'SIT', lines: [{ units: 1, unit_minor: 1000 }] }), undefined, 'cheaper, as was asked for');
    assert.equal(prices.changeOf(rose, undefined), undefined);
  });
});

describe('the time to pay', () => {
  test('stands still in a pause, and has another end after it', () => {
    const shell = holding();
    shell.atMs += 20_000;
    shell.hear(progress({ status: 'paused', status_reason: 'lunch' }));
    assert.deepEqual(shell.did('later').map(({ timer }) => timer), ['catch up', 'read sale'], 'where the pause began, the server knows');
    assert.ok(shell.did('later').every(({ span }) => span.toMs > span.fromMs), 'not everybody at once');
    shell.atMs += 60_000;
    assert.equal(left(shell), 100_000);
    assert.deepEqual(shell.happen('due', { timer: 'catch up' }).effects, [{ do: 'catch up' }]);
    shell.hear({ type: 'attempt', ...reserved({ deadline_ms: shell.atMs + 99_000 }) });
    shell.atMs += 5_000;
    assert.equal(left(shell), 99_000);
    shell.hear(progress({ status: 'active' }));
    assert.equal(shell.state.knowsTheEnd, false, 'the pause has moved the end of the sale');
    assert.equal(left(shell), 99_000);
    shell.atMs += 1_000;
    assert.equal(left(shell), 98_000, 'until the server tells the new end');
    shell.hear({ type: 'attempt', ...reserved({ deadline_ms: shell.atMs + 97_500 }) });
    assert.equal(left(shell), 97_500);
    assert.equal(shell.read(sale()).state.knowsTheEnd, true);
  });

  test('its end is an end', () => {
    const shell = holding().hear({ type: 'attempt', ...attempt('expired') });
    assert.equal(shell.state.attempt.state, 'expired');
    assert.equal(state.has(shell.state), 'nothing');
    assert.deepEqual(shell.state.attempt.price, PRICE, 'absent fields are unchanged');
    shell.happen('start anew').buy('k2');
    assert.equal(shell.state.attempt, undefined);
    assert.equal(left(shell), undefined);
  });

  test('a reservation whose end nobody tells is asked for before it is shown', () => {
    const shell = inLine().hear({ type: 'attempt', ...reserved({ deadline_ms: undefined }) });
    assert.equal(shell.state.attempt.state, 'in_line');
    assert.deepEqual(shell.did('later').map(({ timer }) => timer), ['ask']);
    assert.deepEqual(shell.happen('due', { timer: 'ask' }).effects, [{ do: 'ask' }]);
    assert.equal(shell.ask(reserved()).state.attempt.state, 'reserved');
  });
});

describe('standby', () => {
  const standby = (number, place) => ({ type: 'attempt', ...attempt('standby', { answer: 'standby', sku: 'lamp', standby: { number, place } }) });

  test('the place moves up as others are served or leave, and is granted', () => {
    const shell = inLine().hear(progress({}, { left: 0, held: 10, standby_len: 2, standby_head: 5 })).hear(standby(8, 3));
    assert.equal(state.placeOnStandby(shell.state), 3, 'what was heard before does not count this shopper');
    assert.equal(state.placeOnStandby(shell.hear(progress({}, { left: 0, held: 10, standby_len: 3, standby_head: 6 })).state), 3);
    assert.equal(state.placeOnStandby(shell.hear(progress({}, { left: 0, held: 10, standby_len: 2, standby_head: 6 })).state), 2, 'one before has left');
    assert.equal(state.placeOnStandby(shell.hear(progress({}, { left: 0, held: 10, standby_len: 1, standby_head: 8 })).state), 1);
    shell.hear({ type: 'attempt', ...reserved() });
    assert.equal(state.has(shell.state), 'reservation');
    assert.equal(left(shell), 120_000);
    assert.equal(shell.did('ring').length, 1);
  });

  test('a place is left once, however often that is clicked', () => {
    const shell = inLine().hear(standby(1, 1)).happen('give up');
    assert.deepEqual(shell.sent('cancel'), [{ what: 'cancel', key: 'a1' }]);
    assert.deepEqual(shell.happen('give up').effects, []);
    shell.delay('cancel', 0, 'offline');
    assert.deepEqual([shell.state.problem.kind, shell.state.leaving], ['offline', true]);
    shell.answer('cancel');
    assert.deepEqual([shell.state.problem, shell.state.leaving], [undefined, true], 'the outcome comes with the line');
    assert.deepEqual(shell.did('later').map(({ timer }) => timer), ['ask']);
    shell.hear({ type: 'attempt', ...attempt('cancelled', { reason: 'shopper' }) });
    assert.deepEqual([shell.state.attempt.state, shell.state.leaving], ['cancelled', false]);
    assert.equal(shell.did('ring').length, 0, 'no news to who did it');
  });

  test('who is granted while they leave is not made to give that back', () => {
    const shell = inLine().hear(standby(1, 1)).happen('give up').hear({ type: 'attempt', ...reserved() });
    assert.deepEqual(shell.did('recall'), [{ do: 'recall', key: 'a1' }]);
    assert.equal(shell.state.leaving, false);
    assert.equal(shell.refuse('cancel', 409, 'not_cancellable').state.problem, undefined, 'nobody waits for that any more');
  });

  test('standby ends', () => {
    const shell = inLine().hear(standby(1, 1)).hear({ type: 'attempt', ...attempt('standby_ended', { reason: 'sold_out' }) });
    assert.equal(state.has(shell.state), 'nothing');
    assert.equal(shell.state.attempt.reason, 'sold_out');
  });
});

describe('paying', () => {
  const order = (said) => ({ type: 'order', event_id: EVENT, attempt_id: 'a1', payment_id: 'p1', ...said });
  const paying = () => holding().pay().answer('payment');

  test('a payment is kept, sent, taken, confirmed, and has its number', () => {
    const shell = holding().pay();
    assert.deepEqual(shell.effects.map((effect) => effect.do), ['keep', 'send']);
    assert.deepEqual(shell.pay('another').effects, [], 'one at a time');
    shell.answer('payment');
    assert.equal(shell.state.paying, true);
    shell.hear({ type: 'attempt', ...attempt('confirmed') });
    assert.deepEqual([shell.state.paying, shell.kept.payment, state.has(shell.state)], [false, undefined, 'purchase']);
    shell.ask(attempt('confirmed', { payment: payment('captured'), order: { number: 'FL-1', state: 'paid' } }));
    assert.equal(shell.state.attempt.order.number, 'FL-1');
    assert.deepEqual(shell.effects, [], 'and the questions end');
    shell.happen('start anew');
    assert.equal(shell.did('note purchase').length, 1, 'what was bought is not forgotten');
  });

  test('what is being given up is not paid for', () => {
    const shell = holding().happen('give up');
    assert.deepEqual(shell.pay().effects, []);
    assert.deepEqual([shell.state.paying, shell.kept.payment], [false, undefined]);
  });

  test('news of an order is read by who wants nothing at the moment, in this sale alone', () => {
    const shell = holding().pay();
    shell.answer('payment');
    shell.hear({ type: 'attempt', ...attempt('confirmed') }).happen('start anew');
    const refunded = { type: 'order', event_id: shell.state.event, attempt_id: 'a1', payment_id: 'p1', state: 'refunded' };
    assert.deepEqual(shell.hear(refunded).effects, [{ do: 'read orders' }]);
    assert.deepEqual(shell.hear({ ...refunded, event_id: 'another' }).effects, []);
  });

  test('nothing to pay needs no card', () => {
    const shell = holding().happen('pay', { key: 'p-key' });
    assert.deepEqual(shell.sent('payment'), [{ what: 'payment', key: 'p-key', attemptId: 'a1', card: undefined }]);
  });

  test('declined: said with what is left of the tries, and another card is another payment', () => {
    const shell = paying().hear(order({ state: 'declined', tries_left: 2 }));
    assert.deepEqual([shell.state.unpaid, shell.state.paying, shell.kept.payment], [{ why: 'declined', triesLeft: 2 }, false, undefined]);
    assert.equal(shell.did('ring').length, 1);
    shell.pay('p-key-2', 'tok_slow');
    assert.equal(shell.state.unpaid, undefined);
    assert.equal(shell.sent('payment')[0].key, 'p-key-2');
  });

  test('declined before the door has answered for it, another card can be tried at once', () => {
    const shell = holding().pay().hear(order({ state: 'declined', tries_left: 2 }));
    const first = shell.errands.payment;
    shell.pay('p-key-2').happen('refused', { errand: first, problem: problem(409, 'not_payable') });
    assert.deepEqual([shell.state.paying, shell.state.problem, shell.kept.payment.key], [true, undefined, 'p-key-2']);
  });

  test('where nothing is pushed, the payment is asked for until it has ended', () => {
    const shell = paying().ask(reserved({ payment: payment('confirming') }));
    assert.equal(shell.state.paying, true);
    assert.deepEqual(shell.did('later').map(({ timer }) => timer), ['ask']);
    shell.ask(reserved({ payment: payment('declined', { tries_left: 1 }) }));
    assert.deepEqual([shell.state.paying, shell.state.unpaid, shell.effects.at(-1).do], [false, { why: 'declined', triesLeft: 1 }, 'keep']);
  });

  test('a payment that the server has not heard of is sent again, under its key', () => {
    const shell = paying().ask(reserved());
    assert.deepEqual(shell.sent('payment'), [{ what: 'payment', key: 'p-key', attemptId: 'a1', card: 'tok_ok' }]);
    const busy = holding().pay().ask(reserved({ payment: payment('declined') }));
    assert.deepEqual([busy.state.paying, busy.state.unpaid], [true, undefined], 'an earlier one says nothing about that which is being sent');
  });

  test('refused', () => {
    const shell = holding().pay().refuse('payment', 409, 'not_payable');
    assert.deepEqual([shell.state.paying, shell.state.problem.kind, shell.kept.payment], [false, 'not_payable', undefined]);
    assert.equal(shell.did('ask').length, 1, 'how it stands is not what the page believes');
  });

  test('voided: too late, and nobody sends it again', () => {
    const shell = holding().pay().delay('payment', 503, 'unavailable').hear({ type: 'attempt', ...attempt('expired') });
    assert.deepEqual(shell.did('recall'), [{ do: 'recall', key: 'p-key' }]);
    assert.deepEqual([shell.state.paying, shell.state.problem, shell.kept.payment], [false, undefined, undefined]);
    shell.happen('due', { timer: 'ask' }).ask(attempt('expired', { payment: payment('voided') }));
    assert.equal(shell.state.attempt.payment.state, 'voided');
  });

  test('not made: no card was declined, and it can be tried again', () => {
    for (const state of ['voiding', 'voided']) {
      for (const failure of ['gateway_unreachable', 'not_held', 'amount_mismatch', undefined]) {
        const shell = paying().hear(order({ state: 'voided' }));
        assert.equal(shell.did('ask').length, 1, 'why, the answer says');
        shell.ask(reserved({ payment: payment(state, { failure }) }));
        assert.deepEqual([shell.state.paying, shell.state.unpaid], [false, { why: 'not_made', triesLeft: undefined }]);
        assert.equal(shell.pay('p-key-2').state.unpaid, undefined);
      }
    }
  });

  test('not made because the reservation is over: what has become of that is awaited, and nothing else said', () => {
    for (const failure of ['expired', 'cancelled', 'unknown_reservation', 'already_paid']) {
      const shell = paying().ask(reserved({ payment: payment('voided', { failure }) }));
      assert.deepEqual([shell.state.paying, shell.state.unpaid], [false, undefined]);
      assert.deepEqual(shell.did('later').map(({ timer }) => timer), ['ask']);
      shell.happen('due', { timer: 'ask' }).ask(attempt('expired', { payment: payment('voided', { failure }) }));
      assert.deepEqual([shell.state.attempt.state, shell.did('later')], ['expired', []]);
    }
  });

  test('a payment that cannot be collected, and one that goes back', () => {
    const shell = paying().hear({ type: 'attempt', ...attempt('confirmed') }).hear({ type: 'attempt', ...attempt('cancelled', { reason: 'capture_failed' }) });
    assert.deepEqual([state.has(shell.state), shell.state.attempt.reason], ['nothing', 'capture_failed']);
    const bought = paying().hear({ type: 'attempt', ...attempt('confirmed') }).hear(order({ state: 'refunded' }));
    assert.equal(bought.did('ask').length, 1);
    bought.ask(attempt('confirmed', { payment: payment('captured'), order: { number: 'FL-1', state: 'refunded' } }));
    assert.equal(bought.state.attempt.order.state, 'refunded');
    bought.hear({ type: 'attempt', ...attempt('cancelled', { reason: 'refunded' }) });
    assert.equal(bought.state.attempt.state, 'cancelled');
  });
});

describe('money that goes back', () => {
  const order = (said) => ({ number: 'FL-1', state: 'paid', total_minor: 2250, refunded_minor: 0, refund_failed: false, currency: 'EUR', ...said });
  const said = (state, bought, more) => {
    const known = attempt(state, { order: order(bought), ...more });
    return [titles.titleOf(known, sale()), titles.saidOfRefund(known)];
  };
  const CAME_BACK = ['Your refund did not arrive', 'Money that was on its way back to you did not arrive. The shop knows, and will be in touch.'];

  test('is said to be so as long as it is so, whether the units go back or not', () => {
    const all = { state: 'refunded', refunded_minor: 2250 };
    const put = { reason: 'refunded' };
    assert.deepEqual(said('confirmed', {}), ['It is yours', undefined]);
    assert.deepEqual(said('confirmed', all), ['Your money goes back', 'The order was refunded. What becomes of what you bought, the organiser tells you.']);
    assert.deepEqual(said('cancelled', all, put), ['Your money goes back', 'The order was refunded.']);
    assert.deepEqual(said('confirmed', { refunded_minor: 450 }), ['It is yours', '€4.50 went back to you.']);
    assert.deepEqual(said('cancelled', { refunded_minor: 450 }, put), ['Your money goes back', '€4.50 went back to you.'], 'not all of it');
    assert.deepEqual(said('confirmed', { refund_failed: true }), CAME_BACK);
    assert.deepEqual(said('cancelled', { refund_failed: true }, put), CAME_BACK);
    const [title, text] = said('cancelled', { refund_failed: true, refunded_minor: 450 }, put);
    assert.deepEqual([title, text], [CAME_BACK[0], `${CAME_BACK[1]} €4.50 went back to you.`], 'of two, one did not arrive');
  });

  test('and came back is heard, and then read', () => {
    const shell = inLine().hear({ type: 'attempt', ...reserved() }).hear({ type: 'attempt', ...attempt('cancelled', { reason: 'refunded' }) });
    shell.hear({ type: 'order', event_id: EVENT, attempt_id: 'a1', payment_id: 'p1', state: 'refund_failed', total_minor: 2250 });
    assert.deepEqual([shell.did('ask').length, shell.did('ring').length], [1, 1]);
    shell.ask(attempt('cancelled', { reason: 'refunded', order: order({ refund_failed: true }) }));
    assert.equal(titles.titleOf(shell.state.attempt, sale()), CAME_BACK[0]);
  });
});

describe('earlier orders', () => {
  const orders = [{ number: 'FL-1', event_id: EVENT, state: 'paid' }];

  test('are asked for by who wants nothing yet, or nothing any more, here or in another tab', () => {
    assert.equal(opened().did('read orders').length, 1);
    const shell = opened({ sku: 'lamp', quantity: 1, key: 'k1', attemptId: 'a1' });
    assert.equal(shell.did('read orders').length, 0);
    shell.ask(attempt('confirmed')).happen('start anew');
    assert.deepEqual(shell.effects.map((effect) => effect.do), ['note purchase', 'recall', 'keep', 'read holdings', 'read orders', 'read sale']);
    assert.deepEqual(shell.happen('orders', { orders }).state.orders, orders);
    assert.equal(shell.buy('k2').refuse('attempt', 409, 'not_started').did('read orders').length, 1);
    assert.equal(shell.buy('k3').happen('kept elsewhere', { wish: undefined }).did('read orders').length, 1);
  });
});

describe('late news', () => {
  test('no answer turns back', () => {
    const stages = ['in_line', 'standby', 'reserved', 'confirmed', 'cancelled'];
    for (const [at, known] of stages.entries()) {
      for (const late of stages.slice(0, at)) {
        const shell = inLine().hear({ type: 'attempt', ...reserved({ state: known }) });
        shell.hear({ type: 'attempt', ...reserved({ state: late }) }).ask(reserved({ state: late }));
        assert.equal(shell.state.attempt.state, known, `${late} after ${known}`);
      }
    }
    const over = inLine().hear({ type: 'attempt', ...attempt('sold_out') }).hear({ type: 'attempt', ...attempt('refused') });
    assert.equal(over.state.attempt.state, 'sold_out', 'nor becomes another');
    assert.equal(over.ask(attempt('closed', { reason: 'sale_over' })).state.attempt.state, 'closed');
  });
});

describe('the sale', () => {
  test('sold out is seen with the last unit, and what progress does not tell is read', () => {
    const shell = opened().read(sale({ standby_max: 0 })).happen('link', { link: 'live' });
    shell.hear(progress({}, { left: 0, held: 1, sold: 9 }));
    assert.equal(shell.state.sale.items[0].sold_out, true, 'no place on standby');
    shell.hear(progress({}, { left: 0, held: 0, sold: 10 }));
    assert.deepEqual(shell.did('later').map(({ timer }) => timer), ['read sale']);
    assert.deepEqual(shell.hear(progress({}, { left: 0, held: 0, sold: 10 })).did('later'), [], 'once');
    assert.deepEqual(shell.happen('due', { timer: 'read sale' }).effects, [{ do: 'read sale' }]);
    assert.equal(shell.read(sale({}, { left: 0, sold: 10, sold_out: true })).state.sale.items[0].sold_out, true);
  });

  test('prices and tiers follow', () => {
    const shell = opened().read(sale({}, { tier: 1 })).hear(progress({}, { unit_minor: 4500, left: 5, sold: 5 }));
    const [{ sale_minor, tier, left: free }] = shell.state.sale.items;
    assert.deepEqual([sale_minor, tier, free], [4500, undefined, 5]);
  });

  test('where the organiser has changed the price, nothing is claimed to be cheaper until the sale is read', () => {
    const shell = opened().read(sale()).hear(progress({}, { unit_minor: 1500 }));
    const [{ sale_minor, list_minor }] = shell.state.sale.items;
    assert.deepEqual([sale_minor, list_minor, shell.did('later').length], [1500, 1500, 1]);
  });

  test('over for who waits: stopped, ended, long gone', () => {
    const shell = inLine().hear(progress({ status: 'stopped', status_reason: 'damaged' })).hear({ type: 'attempt', ...attempt('refused', { reason: 'sale_stopped' }) });
    assert.deepEqual([shell.state.sale.status, shell.state.sale.status_reason, shell.state.attempt.state], ['stopped', 'damaged', 'refused']);
    assert.equal(opened().read(sale()).hear(progress({ status: 'ended' })).state.sale.status, 'ended');
    assert.equal(inLine().ask(attempt('closed', { reason: 'sale_over' })).state.attempt.state, 'closed');
  });

  test('one that there is not is said so, until it is there', () => {
    const shell = opened().happen('no sale', { problem: problem(404, 'not_found') });
    assert.equal(shell.state.problem.kind, 'not_found');
    assert.equal(shell.read(sale()).state.problem, undefined);
    assert.equal(shell.happen('no sale', { problem: problem(503, 'unavailable') }).state.problem, undefined, 'what is known is worth more');
    assert.equal(shell.read(undefined).state.sale.name, 'Lamps', 'as it was');
  });

  test('without a socket the standby line is as it was read', () => {
    const standby = attempt('standby', { sku: 'lamp', standby: { number: 9, place: 4 } });
    const shell = inLine().happen('link', { link: 'polling' }).ask(standby).read(sale({}, { left: 0, held: 10, standby_len: 2 }));
    assert.equal(state.placeOnStandby(shell.state), 2);
    shell.happen('link', { link: 'live' }).read(sale({}, { left: 0, held: 10, standby_len: 1 }));
    assert.equal(state.placeOnStandby(shell.state), 2, 'with one, progress knows better');
  });
});

describe('the browser', () => {
  test('a wish without an answer is sent again after a reload, under its key', () => {
    const wish = { sku: 'lamp', quantity: 2, coupon: 'SIT', key: 'k1' };
    const shell = opened(wish);
    assert.deepEqual(shell.sent('attempt'), [{ what: 'attempt', key: 'k1', wish }]);
    assert.equal(shell.did('read sale').length, 1);
    assert.equal(shell.state.hasMoved, false);
    assert.deepEqual(shell.buy('k2').effects, []);
  });

  test('a place is asked for after a reload, and a payment sent again', () => {
    const wish = { sku: 'lamp', quantity: 1, key: 'k1', attemptId: 'a1', payment: { key: 'p-key', card: 'tok_ok' } };
    const shell = opened(wish);
    assert.deepEqual(shell.effects.map((effect) => effect.do), ['read sale', 'read holdings', 'ask', 'send']);
    assert.deepEqual(shell.sent('payment').map(({ key }) => key), ['p-key']);
    shell.ask(reserved());
    assert.deepEqual([shell.state.attempt.state, shell.state.hasMoved, shell.state.news], ['reserved', false, 0], 'that is no news');
  });

  test('a place that the server does not know as this shopper\'s is lost, and said so', () => {
    const shell = holding().happen('no attempt', { attemptId: 'a1', problem: problem(404, 'not_found') });
    assert.deepEqual([shell.state.isLost, state.has(shell.state)], [true, 'nothing']);
    assert.equal(shell.kept.attemptId, 'a1', 'not dropped');
    assert.equal(shell.happen('no attempt', { attemptId: 'a0', problem: problem(404, 'not_found') }).effects.length, 0);
    assert.equal(shell.ask(reserved()).state.isLost, false);
    shell.happen('no attempt', { attemptId: 'a1', problem: problem(404, 'not_found') }).happen('start anew').buy('k2');
    assert.deepEqual([shell.state.isLost, shell.state.wish.key], [false, 'k2']);
  });

  test('a question without an answer is asked again, less and less often', () => {
    const shell = holding();
    const pauses = Array.from({ length: 6 }, () => shell.happen('no attempt', { attemptId: 'a1', problem: problem(0, 'offline') }).did('later')[0].span);
    assert.ok(pauses.every(({ fromMs, toMs }, at) => toMs === 3 * fromMs && fromMs >= (pauses[at - 1]?.fromMs ?? 0)));
    assert.equal(pauses.at(-1).toMs, 22_500);
  });

  test('a lost socket is said; polling too; and with the next one, what was missed is read', () => {
    const shell = opened().happen('link', { link: 'live' });
    assert.deepEqual(shell.effects, [], 'the first one has missed nothing');
    for (const link of ['lost', 'polling']) assert.equal(shell.happen('link', { link }).state.link, link);
    const missed = [{ do: 'read sale' }, { do: 'read holdings' }];
    assert.deepEqual(shell.happen('link', { link: 'live' }).effects, missed);
    assert.deepEqual(shell.happen('link', { link: 'live' }).effects, missed, 'also when it was not noticed that it was gone');
  });

  test('another tab bought, paid or started anew: this one shows the same', () => {
    const shell = opened().read(sale()).happen('kept elsewhere', { wish: { sku: 'lamp', quantity: 1, key: 'k9' } });
    assert.deepEqual([shell.state.wish.key, shell.effects.map((effect) => effect.do)], ['k9', ['recall']]);
    assert.deepEqual(shell.buy().effects, [], 'nobody buys twice');
    shell.happen('kept elsewhere', { wish: { sku: 'lamp', quantity: 1, key: 'k9', attemptId: 'a1' } });
    assert.deepEqual(shell.effects.map((effect) => effect.do), ['recall', 'watch', 'ask']);
    shell.ask(reserved()).happen('kept elsewhere', { wish: { sku: 'lamp', quantity: 1, key: 'k9', attemptId: 'a1', payment: { key: 'p9' } } });
    assert.equal(shell.state.attempt.state, 'reserved');
    assert.equal(shell.ask(reserved({ payment: payment('authorising') })).state.paying, true);
    shell.happen('kept elsewhere', { wish: undefined });
    assert.deepEqual([shell.state.wish, shell.state.attempt, shell.state.paying], [undefined, undefined, false]);
  });

  test('what a customer has got on another device is shown here too, and nothing that is over', () => {
    const elsewhere = (said = {}) => ({ type: 'attempt', ...reserved({ attempt_id: 'a7', ...said }) });
    const shell = opened().read(sale()).hear(elsewhere());
    assert.deepEqual([shell.state.wish.attemptId, shell.state.attempt.state, left(shell)], ['a7', 'reserved', 120_000]);
    assert.equal(shell.kept.attemptId, 'a7', 'also after a reload');
    assert.deepEqual([shell.sent('attempt'), shell.did('watch').length, shell.did('ask').length], [[], 1, 1], 'it is not asked for again');
    assert.equal(shell.hear({ type: 'attempt', ...attempt('cancelled', { attempt_id: 'a7', reason: 'shopper' }) }).state.attempt.state, 'cancelled');
    for (const other of [elsewhere({ event_id: 'another' }), elsewhere({ state: 'expired' }), elsewhere({ state: 'confirmed' })]) {
      assert.equal(opened().read(sale()).hear(other).state.wish, undefined, JSON.stringify(other));
    }
    assert.equal(inLine().hear(elsewhere()).state.wish.attemptId, 'a1', 'who waits here sees that');
  });

  test('awake again, everything is asked for, and the star in the title goes', () => {
    const shell = holding();
    assert.equal(shell.state.news, 1);
    assert.deepEqual(shell.happen('awake').effects, [{ do: 'wake' }]);
    assert.equal(shell.state.news, 0);
  });
});
