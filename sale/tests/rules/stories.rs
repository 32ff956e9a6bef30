//! Single stories, told out loud.

use sale::answer::{Answer, Change, ConfirmRefusal, News, Refusal};
use sale::command::{Attempt, CancelCause, Command};
use sale::ids::{AttemptId, ItemNo};
use sale::pricing::{Cut, Discount, Tier};
use sale::record::State;
use sale::rules::SaleRules;
use sale::time::UnixMs;

use crate::script::{BEGIN, HOLD_MS, RuleChange, attempt_id, item, payment, rules, shopper};
use crate::store::Store;

fn wants(who: u8, quantity: u32) -> (AttemptId, Command) {
    let id = attempt_id(who, 0, 0);
    (id, Command::Attempt(Attempt { id, shopper: shopper(who), item: ItemNo(0), quantity, coupon: None }))
}

fn confirm(attempt: AttemptId) -> Command {
    Command::Confirm { attempt, payment: payment(1) }
}

fn sale(allocation: u32) -> Store {
    Store::new(rules(vec![item(allocation, Discount::None)], Vec::new()))
}

fn happens(store: &mut Store, after_ms: u64, command: Command) {
    let at = BEGIN.plus_ms(after_ms);
    store.deliver(&[(at, command)], at);
}

#[test]
fn what_expires_goes_to_the_first_in_line_at_the_price_of_its_place() {
    let tiers = Discount::Tiers(vec![Tier { units: 1, cut: Cut::PercentOff(5_000) }]);
    let mut store = Store::new(rules(vec![item(1, tiers)], Vec::new()));
    let ((first, buys), (second, waits), (third, waits_too)) = (wants(1, 1), wants(2, 1), wants(3, 1));
    happens(&mut store, 0, buys);
    happens(&mut store, 1, waits);
    happens(&mut store, 2, waits_too);
    happens(&mut store, HOLD_MS + 1, Command::Tick);
    assert_eq!(store.state(first), &State::Expired);
    assert!(matches!(store.state(second), State::Held(grant) if grant.price.total_minor() == 500));
    assert_eq!(store.state(third), &State::Waiting);
}

#[test]
fn a_confirmation_that_entered_in_time_wins_however_late_it_is_read() {
    let mut store = sale(1);
    let (id, buys) = wants(1, 1);
    happens(&mut store, 0, buys);
    // It entered the line at the deadline, and is read an hour later.
    store.deliver(&[(BEGIN.plus_ms(HOLD_MS), confirm(id))], BEGIN.plus_ms(3_600_000));
    assert!(matches!(store.state(id), State::Sold(..)));
}

#[test]
fn a_confirmation_that_entered_too_late_is_refused_and_the_unit_goes_on() {
    let mut store = sale(1);
    let ((first, buys), (second, waits)) = (wants(1, 1), wants(2, 1));
    happens(&mut store, 0, buys);
    happens(&mut store, 1, waits);
    happens(&mut store, HOLD_MS + 1, confirm(first));
    let refused = News::Change(Change::ConfirmRefused(payment(1), ConfirmRefusal::Expired));
    assert!(store.journal.iter().any(|outcome| outcome.attempt == first && outcome.news == refused));
    assert!(matches!(store.state(second), State::Held(_)));
}

#[test]
fn a_second_payment_for_the_same_reservation_is_refused() {
    let mut store = sale(1);
    let (id, buys) = wants(1, 1);
    happens(&mut store, 0, buys);
    happens(&mut store, 1, confirm(id));
    happens(&mut store, 2, Command::Confirm { attempt: id, payment: payment(2) });
    let refused = News::Change(Change::ConfirmRefused(payment(2), ConfirmRefusal::AlreadyPaid));
    assert_eq!(store.journal.last().map(|outcome| &outcome.news), Some(&refused));
    assert!(matches!(store.state(id), State::Sold(_, paid_by) if *paid_by == payment(1)));
}

#[test]
fn a_fast_clock_at_a_door_expires_nobody() {
    let mut store = sale(1);
    let (id, buys) = wants(1, 1);
    happens(&mut store, 0, buys);
    store.deliver(&[(BEGIN.plus_ms(3_600_000), Command::Tick)], BEGIN.plus_ms(10));
    assert!(matches!(store.state(id), State::Held(_)));
}

#[test]
fn a_pause_costs_nobody_paying_time() {
    let mut store = sale(1);
    let (id, buys) = wants(1, 1);
    happens(&mut store, 0, buys);
    RuleChange::Pause(BEGIN.plus_ms(100)).apply(&mut store);
    RuleChange::Resume(BEGIN.plus_ms(50_100)).apply(&mut store);
    happens(&mut store, 50_000 + HOLD_MS, Command::Tick);
    assert!(matches!(store.state(id), State::Held(_)), "as long as without the pause");
    happens(&mut store, 50_001 + HOLD_MS, Command::Tick);
    assert_eq!(store.state(id), &State::Expired);
}

#[test]
fn whoever_wants_more_than_can_come_back_does_not_block_the_others() {
    let mut store = sale(2);
    let ((first, buys), (big, wants_three), (small, wants_one)) = (wants(1, 1), wants(2, 3), wants(3, 1));
    happens(&mut store, 0, buys);
    happens(&mut store, 1, wants_three);
    happens(&mut store, 2, wants_one);
    assert!(matches!(store.records[&big.key()].answer, Answer::SoldOut { .. }));
    assert!(matches!(store.state(small), State::Held(_)));
    happens(&mut store, 3, confirm(first));
    assert!(matches!(store.state(first), State::Sold(..)));
}

#[test]
fn when_everything_is_paid_for_standby_is_told() {
    let mut store = sale(1);
    let ((first, buys), (second, waits)) = (wants(1, 1), wants(2, 1));
    happens(&mut store, 0, buys);
    happens(&mut store, 1, waits);
    happens(&mut store, 2, confirm(first));
    assert!(matches!(store.state(second), State::StandbyEnded(_)));
}

#[test]
fn a_failed_capture_gives_the_unit_to_the_next() {
    let mut store = sale(2);
    let ((first, buys), (second, buys_too), (third, waits)) = (wants(1, 1), wants(2, 1), wants(3, 1));
    happens(&mut store, 0, buys);
    happens(&mut store, 0, buys_too);
    happens(&mut store, 1, waits);
    happens(&mut store, 2, confirm(first));
    happens(&mut store, 3, Command::Cancel { attempt: first, cause: CancelCause::CaptureFailed(payment(1)) });
    assert!(matches!(store.state(third), State::Held(_)));
    assert!(matches!(store.state(second), State::Held(_)));
    let cannot = Command::Cancel { attempt: first, cause: CancelCause::Shopper };
    happens(&mut store, 4, cannot);
    assert!(matches!(store.state(first), State::Cancelled(CancelCause::CaptureFailed(_))));
}

#[test]
fn the_window_is_judged_by_the_time_of_entering() {
    let open = SaleRules {
        opens_at: BEGIN,
        closes_at: BEGIN.plus_ms(100),
        ..rules(vec![item(5, Discount::None)], Vec::new())
    };
    let mut store = Store::new(open);
    let ((early, too_early), (last, in_time), (late, too_late)) = (wants(1, 1), wants(2, 1), wants(3, 1));
    let now = BEGIN.plus_ms(1_000);
    let messages = [(UnixMs(BEGIN.0 - 1), too_early), (BEGIN.plus_ms(99), in_time), (BEGIN.plus_ms(100), too_late)];
    store.deliver(&messages, now);
    assert_eq!(store.records[&early.key()].answer, Answer::Refused(Refusal::NotStarted));
    assert!(matches!(store.state(last), State::Held(_)));
    assert_eq!(store.records[&late.key()].answer, Answer::Refused(Refusal::SaleEnded));
}
