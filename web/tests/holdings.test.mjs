// What one shopper has in a sale, here and elsewhere, and what a draw and a pause make of it: without a browser, a server or a clock.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { accepted, attempt, EVENT, NOW_MS, progress, reserved, sale, Shell } from './shell.mjs';
import { modules } from './modules.mjs';

let pages, rules, holdings, lobby;
before(async () => {
  pages = await modules();
  rules = await pages.load('/src/shop/rules/reduce.ts');
  holdings = await pages.load('/src/shop/rules/holdings.ts');
  lobby = await pages.load('/src/shop/rules/lobby.ts');
});
after(() => pages?.close());

const opened = (wish) => new Shell(rules, wish).read(sale());
const here = () => opened().happen('link', { link: 'live' }).buy().answer('attempt', { letIn: accepted() }).hear({ type: 'attempt', ...reserved() });
const found = (shell, ...attempts) => shell.happen('holdings', { attempts });
const others = (shell) => holdings.others(shell.state).map(({ attempt_id }) => attempt_id);
const second = (said = {}) => reserved({ attempt_id: 'a2', deadline_ms: NOW_MS + 60_000, ...said });
const LOBBY = { opens_at_ms: NOW_MS - 1_000, closes_at_ms: NOW_MS + 10_000, commitment: 'c0ffee' };
const draw = (said = {}) => sale({ status: 'upcoming', opens_at_ms: NOW_MS + 20_000, lobby: { ...LOBBY, ...said.lobby }, ...said });
const entry = (said = {}) => attempt('entered', { attempt_id: 'e1', sku: 'lamp', quantity: 1, ...said });

describe('everything that a shopper has is shown', () => {
  test('what must be paid first is shown, and the rest is named beside it', () => {
    const shell = found(opened(), attempt('standby', { attempt_id: 'a3', sku: 'lamp', quantity: 1 }), reserved(), second(), attempt('expired', { attempt_id: 'a4', sku: 'lamp' }));
    assert.deepEqual([shell.state.wish.attemptId, others(shell)], ['a2', ['a1', 'a3']]);
    assert.equal(shell.did('ask').length, 1);
  });

  test('another reservation beside the one that is shown comes, is heard of, and goes', () => {
    const shell = found(here(), reserved(), second());
    assert.deepEqual([shell.state.wish.attemptId, others(shell)], ['a1', ['a2']]);
    shell.hear({ type: 'attempt', ...attempt('expired', { attempt_id: 'a2' }) });
    assert.deepEqual([shell.state.attempt.state, others(shell)], ['reserved', []]);
    shell.hear({ type: 'attempt', ...second({ attempt_id: 'a5' }) });
    assert.deepEqual(others(shell), ['a5']);
  });

  test('what has ended is named beside nothing, also if it was heard of before its own click was answered', () => {
    const shell = opened().happen('link', { link: 'live' }).buy().hear({ type: 'attempt', ...entry() });
    shell.answer('attempt', { letIn: entry() }).hear({ type: 'attempt', ...attempt('cancelled', { attempt_id: 'e1', reason: 'shopper' }) });
    shell.happen('start anew').buy('k2').answer('attempt', { letIn: entry({ attempt_id: 'e2' }) });
    assert.deepEqual([shell.state.wish.attemptId, others(shell)], ['e2', []]);
  });

  test('the other one is opened, and the first is there still, with what was kept of it', () => {
    const shell = found(here(), reserved(), second());
    shell.happen('show', { attemptId: 'a2' });
    assert.deepEqual([shell.kept, shell.state.attempt.state, others(shell)], [{ key: 'a2', attemptId: 'a2', sku: 'lamp', quantity: 1 }, 'reserved', ['a1']]);
    assert.equal(shell.state.hold.endsAtMs, NOW_MS + 60_000);
    shell.happen('show', { attemptId: 'a1' });
    assert.deepEqual([shell.kept.key, shell.kept.shownMinor, shell.state.hold.endsAtMs, others(shell)], ['k1', 2250, NOW_MS + 120_000, ['a2']]);
  });

  test('none is opened while the shown one is being paid or given up, nor one that is not there', () => {
    for (const busy of [found(here(), second()).pay(), found(here(), second()).happen('give up')]) {
      assert.equal(busy.happen('show', { attemptId: 'a2' }).state.wish.attemptId, 'a1');
    }
    assert.deepEqual(here().happen('show', { attemptId: 'a2' }).effects, []);
  });

  test('a click on its way may be one of them: none is named until it is let in', () => {
    const shell = opened().buy();
    assert.deepEqual(others(found(shell, reserved())), []);
    assert.deepEqual(others(shell.answer('attempt', { letIn: accepted() })), []);
  });

  test('after a pause their times have other ends: they are read again', () => {
    const shell = found(here(), reserved(), second()).hear(progress({ status: 'paused' }));
    assert.deepEqual(shell.happen('due', { timer: 'catch up' }).effects, [{ do: 'catch up' }, { do: 'read holdings' }]);
  });
});

describe('the lobby at two devices', () => {
  test('an entry from elsewhere is shown here, with the fingerprint only if that is known in time', () => {
    const early = found(opened().read(draw()), entry());
    assert.deepEqual([early.state.attempt.state, early.kept.isEntry, early.kept.commitment], ['entered', true, 'c0ffee']);
    const unread = found(new Shell(rules), entry());
    assert.equal(unread.kept.commitment, undefined, 'the sale is not known yet');
    assert.equal(unread.read(draw()).kept.commitment, 'c0ffee');
    const late = opened().read(draw());
    late.atMs = LOBBY.closes_at_ms;
    assert.equal(found(late, entry()).kept.commitment, undefined, 'what is told by now shows less');
  });

  test('who enters again elsewhere sees the entry that counts, in whatever order it is heard', () => {
    const replaced = { type: 'attempt', ...attempt('cancelled', { attempt_id: 'e1', reason: 'replaced', answer: 'entered' }) };
    const later = entry({ attempt_id: 'e2', quantity: 2 });
    const shell = found(opened().read(draw()), entry()).hear(replaced);
    assert.deepEqual(shell.did('read holdings').length, 1);
    assert.deepEqual([found(shell, later).state.wish.attemptId, shell.state.attempt.state, shell.state.wish.quantity], ['e2', 'entered', 2]);
    const before = found(opened().read(draw()), entry()).hear({ type: 'attempt', ...later }).hear(replaced);
    assert.equal(found(before, later).state.wish.attemptId, 'e2');
  });

  test('a click into the lobby is known to be one', () => {
    assert.equal(opened().read(draw()).buy().kept.isForLobby, true);
    assert.equal(opened().buy().kept.isForLobby, undefined);
  });
});

describe('a pause', () => {
  const at = (said, ms) => lobby.mayClick(sale({ status: 'paused', ...said }), NOW_MS + ms);

  test('keeps nobody out after the opening, and lets nobody in before it', () => {
    assert.equal(at({}, 0), true);
    assert.equal(at({ opens_at_ms: NOW_MS + 10 }, 0), false);
    assert.equal(at({ opens_at_ms: NOW_MS + 10, status: 'upcoming' }, 10), true);
    const byDraw = { opens_at_ms: NOW_MS + 20_000, lobby: LOBBY };
    assert.deepEqual([0, 10_000, 19_999, 20_000].map((ms) => at(byDraw, ms)), [true, false, false, true]);
    for (const status of ['ended', 'stopped']) assert.equal(at({ status }, 0), false, status);
  });

  test('who has signed in may have clicked elsewhere, as long as nobody knows of it', () => {
    const may = (shell, isGuest = false) => holdings.mayHaveClicked(shell.state, isGuest, NOW_MS);
    const paused = opened().read(sale({ status: 'paused' }));
    assert.deepEqual([may(paused), may(paused, true), may(opened())], [true, false, false]);
    assert.equal(may(opened().hear(progress({ stalled: true }))), true, 'a line that stands still');
    assert.equal(may(found(opened().read(sale({ status: 'paused' })), reserved())), false, 'it is shown');
    assert.equal(may(opened().read(sale({ status: 'paused', opens_at_ms: NOW_MS + 9_000 }))), false, 'nobody could click');
  });

  test('entries that are not drawn come before who came later', () => {
    const late = (said) => lobby.drawnFirst(sale({ status: 'paused', lobby: { ...LOBBY, ...said } }), NOW_MS);
    assert.deepEqual([late({ entered: 7 }), late({ entered: 0 }), late({})], [7, undefined, undefined]);
    assert.equal(lobby.drawnFirst(draw({ lobby: { entered: 7 } }), NOW_MS), undefined, 'before the opening');
    assert.equal(lobby.drawnFirst(sale({ event_id: EVENT }), NOW_MS), undefined);
  });
});
