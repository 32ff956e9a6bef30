//! Single stories, told out loud.

use sale::answer::{Answer, Change, ConfirmRefusal, News, Refusal, StandbyEnd};
use sale::command::{Attempt, CancelCause, Command, HeldOnFor};
use sale::ids::{AttemptId, CouponNo, ItemNo};
use sale::pricing::{Cut, Discount, Tier};
use sale::record::State;
use sale::rules::{Coupon, SaleRules, Status};
use sale::time::{LineMs, Pause, UnixMs};

use crate::script::{BEGIN, GRACE_MS, HOLD_MS, RuleChange, attempt_id, item, payment, rules, shopper};
use crate::store::Store;

pub(crate) fn wants(who: u8, quantity: u32) -> (AttemptId, Command) {
    let id = attempt_id(who, 0, 0);
    (id, Command::Attempt(Attempt { id, shopper: shopper(who), item: ItemNo(0), quantity, coupon: None }))
}

fn confirm(attempt: AttemptId) -> Command {
    Command::Confirm { attempt, payment: payment(1) }
}

pub(crate) fn sale(allocation: u32) -> Store {
    Store::new(rules(vec![item(allocation, Discount::None)], Vec::new()))
}

pub(crate) fn happens(store: &mut Store, after_ms: u64, command: Command) {
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

fn hold_on(attempt: AttemptId, what_for: HeldOnFor) -> Command {
    Command::HoldOn { attempt, what_for, until: None }
}

const BANK: HeldOnFor = HeldOnFor::Payment(payment(1));

#[test]
fn what_a_bank_is_asked_about_is_held_for_the_grace_and_no_longer() {
    for (after_ms, sold) in [(HOLD_MS + GRACE_MS, true), (HOLD_MS + GRACE_MS + 1, false)] {
        let mut store = sale(1);
        let ((first, buys), (second, waits)) = (wants(1, 1), wants(2, 1));
        happens(&mut store, 0, buys);
        happens(&mut store, 1, waits);
        happens(&mut store, HOLD_MS, hold_on(first, BANK));
        happens(&mut store, HOLD_MS + 1, Command::Tick);
        assert!(matches!(store.state(first), State::HeldOn(..)));
        // Once, and for that payment alone.
        happens(&mut store, HOLD_MS + GRACE_MS, hold_on(first, BANK));
        happens(&mut store, HOLD_MS + GRACE_MS, hold_on(first, HeldOnFor::Payment(payment(2))));
        happens(&mut store, HOLD_MS + GRACE_MS, hold_on(first, HeldOnFor::Shop));
        happens(&mut store, after_ms, confirm(first));
        assert_eq!(matches!(store.state(first), State::Sold(..)), sold);
        assert_eq!(matches!(store.state(second), State::Held(_)), !sold);
    }
}

#[test]
fn a_grace_must_be_asked_for_in_time() {
    let mut store = sale(1);
    let (id, buys) = wants(1, 1);
    happens(&mut store, 0, buys);
    happens(&mut store, HOLD_MS + 1, hold_on(id, BANK));
    assert_eq!(store.state(id), &State::Expired);
}

#[test]
fn a_payment_that_came_to_nothing_leaves_the_rest_of_the_time_and_no_more() {
    let let_go = |attempt| Command::LetGo { attempt, payment: payment(1) };
    let mut store = sale(1);
    let (id, buys) = wants(1, 1);
    happens(&mut store, 0, buys);
    happens(&mut store, 1, hold_on(id, BANK));
    happens(&mut store, 2, let_go(id));
    assert!(matches!(store.state(id), State::Held(_)));
    happens(&mut store, 3, hold_on(id, HeldOnFor::Payment(payment(2))));
    happens(&mut store, 4, let_go(id));
    assert!(matches!(store.state(id), State::HeldOn(..)), "another payment's end is not this one's");
    happens(&mut store, HOLD_MS + 1, Command::LetGo { attempt: id, payment: payment(2) });
    assert_eq!(store.state(id), &State::Expired);
}

#[test]
fn the_shops_checkout_may_ask_for_more_time_up_to_the_grace() {
    let until =
        |ms| Command::HoldOn { attempt: wants(1, 1).0, what_for: HeldOnFor::Shop, until: Some(BEGIN.plus_ms(ms)) };
    let mut store = sale(1);
    let (id, buys) = wants(1, 1);
    happens(&mut store, 0, buys);
    for (asked_ms, held_ms) in [
        (HOLD_MS - 1, HOLD_MS),
        (HOLD_MS + 500, HOLD_MS + 500),
        (HOLD_MS + 400, HOLD_MS + 500),
        (HOLD_MS + GRACE_MS + 1, HOLD_MS + GRACE_MS),
    ] {
        happens(&mut store, 1, until(asked_ms));
        assert_eq!(store.records[&id.key()].held_until(), Some(LineMs(BEGIN.0 + held_ms)), "asked {asked_ms}");
    }
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

fn captured(attempt: AttemptId) -> Command {
    Command::Captured { attempt, payment: payment(1) }
}

fn gives_back(attempt: AttemptId) -> Command {
    Command::Cancel { attempt, cause: CancelCause::Shopper }
}

fn held_for(store: &Store, id: AttemptId) -> Option<i64> {
    match store.state(id) {
        State::Held(grant) => Some(grant.price.total_minor()),
        _ => None,
    }
}

#[test]
fn standby_ends_when_the_money_for_everything_is_taken_and_not_before() {
    let mut store = sale(1);
    let ((first, buys), (second, waits)) = (wants(1, 1), wants(2, 1));
    happens(&mut store, 0, buys);
    happens(&mut store, 1, waits);
    happens(&mut store, 2, confirm(first));
    assert_eq!(store.state(second), &State::Waiting);
    happens(&mut store, 3, captured(first));
    assert!(matches!(store.state(first), State::Settled(..)));
    assert_eq!(store.state(second), &State::StandbyEnded(StandbyEnd::SoldOut));
}

#[test]
fn the_unit_of_a_failed_capture_goes_to_standby_and_not_to_a_newcomer() {
    let mut store = sale(1);
    let ((first, buys), (second, waits), (third, comes_later)) = (wants(1, 1), wants(2, 1), wants(3, 1));
    happens(&mut store, 0, buys);
    happens(&mut store, 1, waits);
    happens(&mut store, 2, confirm(first));
    happens(&mut store, 3, comes_later);
    happens(&mut store, 4, Command::Cancel { attempt: first, cause: CancelCause::CaptureFailed(payment(1)) });
    assert!(matches!(store.state(second), State::Held(_)));
    assert_eq!(store.state(third), &State::Waiting);
    happens(&mut store, 5, gives_back(first));
    assert!(matches!(store.state(first), State::Cancelled(CancelCause::CaptureFailed(_))));
}

/// Both units are held, by one shopper each, and a third waits for both.
fn two_held_and_one_who_wants_both() -> (Store, [AttemptId; 3]) {
    let mut store = sale(2);
    let ids = [(0, 1, 1), (0, 2, 1), (1, 3, 2)].map(|(after_ms, who, quantity)| {
        let (id, command) = wants(who, quantity);
        happens(&mut store, after_ms, command);
        id
    });
    (store, ids)
}

#[test]
fn a_unit_waits_for_a_head_that_wants_two_only_as_long_as_the_other_is_held() {
    let (mut store, [first, second, big]) = two_held_and_one_who_wants_both();
    let (small, wants_one) = wants(4, 1);
    happens(&mut store, 2, wants_one);
    happens(&mut store, 3, gives_back(second));
    assert_eq!(store.state(small), &State::Waiting, "the other unit may come back any moment");
    happens(&mut store, 4, confirm(first));
    assert!(matches!(store.state(small), State::Held(_)), "nobody knows how long a capture takes");
    assert_eq!(store.state(big), &State::Waiting, "and it may fail");
    happens(&mut store, 5, Command::Cancel { attempt: first, cause: CancelCause::CaptureFailed(payment(1)) });
    happens(&mut store, 6, gives_back(small));
    assert!(matches!(store.state(big), State::Held(_)));
}

#[test]
fn a_newcomer_gets_what_lies_free_while_those_before_want_more() {
    let (mut store, [first, second, big]) = two_held_and_one_who_wants_both();
    let (small, wants_one) = wants(4, 1);
    happens(&mut store, 2, confirm(first));
    happens(&mut store, 3, gives_back(second));
    assert_eq!(store.state(big), &State::Waiting);
    happens(&mut store, 4, wants_one);
    assert!(matches!(store.state(small), State::Held(_)));
}

#[test]
fn a_unit_comes_back_with_its_tier() {
    let tiers = Discount::Tiers(vec![Tier { units: 1, cut: Cut::PercentOff(5_000) }]);
    let mut store = Store::new(rules(vec![item(3, tiers)], Vec::new()));
    let [(a, a_buys), (b, b_buys), (c, c_buys)] = [wants(1, 1), wants(2, 1), wants(3, 1)];
    happens(&mut store, 0, a_buys);
    happens(&mut store, 1, b_buys);
    assert_eq!((held_for(&store, a), held_for(&store, b)), (Some(500), Some(1_000)));
    happens(&mut store, 2, gives_back(a));
    happens(&mut store, 3, c_buys);
    assert_eq!(held_for(&store, c), Some(500));
}

#[test]
fn a_hoarder_who_lets_the_cheap_units_run_out_burns_none_of_them() {
    let tiers = Discount::Tiers(vec![Tier { units: 3, cut: Cut::PercentOff(5_000) }]);
    let mut store = Store::new(rules(vec![item(6, tiers)], Vec::new()));
    let ((hoarder, takes_all), (dear, pays_in_full), (next, comes)) = (wants(1, 3), wants(2, 3), wants(3, 3));
    happens(&mut store, 0, takes_all);
    happens(&mut store, 1, pays_in_full);
    happens(&mut store, 2, comes);
    assert_eq!(held_for(&store, dear), Some(3_000));
    happens(&mut store, 3, confirm(dear));
    happens(&mut store, HOLD_MS + 1, Command::Tick);
    assert_eq!(store.state(hoarder), &State::Expired);
    assert_eq!(held_for(&store, next), Some(1_500), "from standby, too");
}

#[test]
fn what_is_refunded_and_put_back_frees_unit_tier_limit_and_coupon() {
    let tiers = Discount::Tiers(vec![Tier { units: 1, cut: Cut::PercentOff(5_000) }]);
    let mut store = Store::new(SaleRules { per_shopper_max: 1, ..rules(vec![item(1, tiers)], vec![coupon(1)]) });
    let (first, buys) = wants_with_coupon(1, 0);
    happens(&mut store, 0, buys);
    happens(&mut store, 1, confirm(first));
    happens(&mut store, 2, captured(first));
    let revenue_minor = store.head.items[0].revenue_minor;
    assert_eq!((store.head.items[0].sold, revenue_minor, store.head.coupon_uses[0]), (1, 400, 1));
    for after_ms in [3, 4] {
        let back = Command::Cancel { attempt: first, cause: CancelCause::Refunded(payment(1)) };
        happens(&mut store, after_ms, back);
        let counts = &store.head.items[0];
        assert_eq!((counts.sold, counts.left(), counts.revenue_minor, store.head.coupon_uses[0]), (0, 1, 0, 0));
    }
    let (again, buys_again) = wants_with_coupon(1, 1);
    happens(&mut store, 5, buys_again);
    assert_eq!(held_for(&store, again), Some(400));
}

fn coupon(uses_max: u32) -> Coupon {
    Coupon { code: "FRIEND".to_owned(), cut: Cut::AmountOff(100), uses_max: Some(uses_max) }
}

fn wants_with_coupon(who: u8, key: u8) -> (AttemptId, Command) {
    let (id, coupon) = (attempt_id(who, key, 0), Some(CouponNo(0)));
    (id, Command::Attempt(Attempt { id, shopper: shopper(who), item: ItemNo(0), quantity: 1, coupon }))
}

#[test]
fn a_place_on_standby_keeps_the_use_of_its_coupon() {
    let mut store = Store::new(rules(vec![item(1, Discount::None)], vec![coupon(1)]));
    let ((first, buys), (second, waits)) = (wants(1, 1), wants_with_coupon(2, 0));
    let ((third, too_late), (fourth, waits_too)) = (wants_with_coupon(3, 0), wants(4, 1));
    happens(&mut store, 0, buys);
    happens(&mut store, 1, waits);
    happens(&mut store, 2, too_late);
    happens(&mut store, 3, waits_too);
    assert_eq!(store.records[&third.key()].answer, Answer::Refused(Refusal::CouponUsedUp));
    happens(&mut store, 4, gives_back(first));
    assert_eq!(held_for(&store, second), Some(900));
    // Whoever leaves gives the use back with the place.
    let (fifth, waits_with_it) = wants_with_coupon(5, 0);
    happens(&mut store, 5, gives_back(second));
    assert_eq!(held_for(&store, fourth), Some(1_000));
    happens(&mut store, 6, waits_with_it);
    happens(&mut store, 7, gives_back(fifth));
    assert_eq!(store.head.coupon_uses[0], 0);
}

#[test]
fn a_click_that_comes_again_hears_what_has_become_of_it() {
    let mut store = sale(1);
    let (id, buys) = wants(1, 1);
    happens(&mut store, 0, buys.clone());
    happens(&mut store, HOLD_MS + 1, buys);
    let told = store.repeats.last().expect("told again");
    assert_eq!((told.id, &told.state), (id, &State::Expired), "not that it is reserved");
}

#[test]
fn a_click_that_comes_again_hears_what_became_of_it_later_in_the_same_round() {
    let mut store = sale(1);
    let ((id, buys), (second, waits)) = (wants(1, 1), wants(2, 1));
    happens(&mut store, 0, buys.clone());
    happens(&mut store, 1, waits.clone());
    let at = BEGIN.plus_ms(2);
    store.deliver(&[(at, buys), (at, waits), (at, gives_back(id))], at);
    let told: Vec<_> = store.repeats.iter().map(|told| (told.id, &told.state)).collect();
    assert_eq!(told[0], (id, &State::Cancelled(CancelCause::Shopper)));
    assert!(matches!(told[1], (whose, State::Held(_)) if whose == second), "not that it waits: {told:?}");
}

#[test]
fn a_pause_holds_the_end() {
    let mut rules = SaleRules {
        opens_at: BEGIN,
        closes_at: BEGIN.plus_ms(100),
        ..rules(vec![item(5, Discount::None)], Vec::new())
    };
    rules.pauses.0.push(Pause { from: BEGIN.plus_ms(90), until: None });
    let later = BEGIN.plus_ms(500);
    assert_eq!((rules.status(later), rules.ends_at(later)), (Status::Paused, later.plus_ms(10)));
    let before = SaleRules { opens_at: BEGIN.plus_ms(200), closes_at: BEGIN.plus_ms(300), ..rules.clone() };
    assert_eq!(before.ends_at(BEGIN.plus_ms(250)), BEGIN.plus_ms(350), "only time within the window counts");
    rules.stopped_at = Some(later);
    assert_eq!(rules.status(later), Status::Stopped);
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
