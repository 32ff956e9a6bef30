use super::*;
use crate::command::{CancelCause, HeldOnFor};
use crate::ids::{EventId, ItemNo, PaymentId};
use crate::pricing::Price;
use crate::provenance::Provenance;
use crate::rules::CheckoutModel;
use crate::time::{LineMs, Pause, Pauses};
use uuid::Uuid;

const HOLD_MS: u64 = 90_000;

fn rules(pauses: Vec<Pause>) -> SaleRules {
    SaleRules {
        event: EventId(Uuid::nil()),
        version: 1,
        currency: "EUR".parse().expect("a currency"),
        scheduled: true,
        opens_at: UnixMs(1_000_000),
        closes_at: UnixMs(9_000_000),
        lobby: None,
        stopped_at: None,
        pauses: Pauses(pauses),
        checkout: CheckoutModel::Reservation,
        hold_ms: HOLD_MS,
        standby_hold_ms: None,
        grace_ms: 0,
        per_shopper_max: 1,
        series: None,
        quantity_max: 1,
        standby_max: 1,
        items: Vec::new(),
        coupons: Vec::new(),
        code_uses_max: [].into(),
        hoarding: None,
        put_aside: [].into(),
    }
}

fn grant() -> Grant {
    let deadline = 2_000_000;
    let price = Price::default();
    Grant { item: ItemNo(0), quantity: 1, price, deadline: UnixMs(deadline), deadline_line: LineMs(deadline) }
}

#[test]
fn it_is_your_turn_until_the_deadline_and_not_a_moment_longer() {
    let (rules, grant) = (rules(Vec::new()), grant());
    let held = Held { grant: Some(&grant), grace: None, is_being_paid: false };
    assert_eq!(your_turn(&rules, &held, UnixMs(1_999_999)), Verdict::Tell(UnixMs(2_000_000)));
    assert_eq!(your_turn(&rules, &held, UnixMs(2_000_000)), Verdict::Never);
    let lost = Held { grant: None, ..held };
    assert_eq!(your_turn(&rules, &lost, UnixMs(1_000_000)), Verdict::Never);
    let paying = Held { is_being_paid: true, ..held };
    assert!(matches!(your_turn(&rules, &paying, UnixMs(1_500_000)), Verdict::Later(_)));
}

#[test]
fn time_runs_out_when_a_third_is_left_and_a_pause_moves_that() {
    let grant = grant();
    let held = Held { grant: Some(&grant), grace: None, is_being_paid: false };
    let told_at = 2_000_000 - HOLD_MS / 3;
    assert_eq!(time_runs_out(&rules(Vec::new()), &held, UnixMs(told_at)), Verdict::Tell(UnixMs(2_000_000)));
    let pause = Pause { from: UnixMs(1_500_000), until: None };
    assert!(matches!(time_runs_out(&rules(vec![pause]), &held, UnixMs(told_at)), Verdict::Later(_)), "nobody knows");
    let pause = Pause { until: Some(UnixMs(1_600_000)), ..pause };
    let moved = time_runs_out(&rules(vec![pause]), &held, UnixMs(told_at));
    assert_eq!(moved, Verdict::Later(UnixMs(told_at + 100_000)));
    let grace = Grace {
        what_for: HeldOnFor::Payment(PaymentId(Uuid::nil())),
        until: UnixMs(2_100_000),
        until_line: LineMs(2_100_000),
    };
    let with_bank = Held { grace: Some(&grace), ..held };
    assert!(matches!(time_runs_out(&rules(Vec::new()), &with_bank, UnixMs(2_000_001)), Verdict::Later(_)));
    assert_eq!(time_runs_out(&rules(Vec::new()), &held, UnixMs(2_000_000)), Verdict::Never);
    assert_eq!(lead_ms(3_600_000), 180_000, "three minutes at most");
}

#[test]
fn an_opening_is_told_before_it_and_only_while_it_is_so() {
    let rules = rules(Vec::new());
    let opening = rules.opens_at;
    assert_eq!(opens_soon(&rules, opening, UnixMs(999_999)), Verdict::Tell(opening));
    for (changed, at) in [
        (rules.clone(), 1_000_000),
        (SaleRules { stopped_at: Some(UnixMs(1)), ..rules.clone() }, 999_999),
        (SaleRules { scheduled: false, ..rules.clone() }, 999_999),
        (SaleRules { opens_at: UnixMs(1_000_001), ..rules.clone() }, 999_999),
    ] {
        assert_eq!(opens_soon(&changed, opening, UnixMs(at)), Verdict::Never);
    }
    assert_eq!(in_lobby(&rules, UnixMs(1_000_000)), Verdict::Never);
}

#[test]
fn who_waited_is_told_that_it_is_their_turn_and_who_clicked_is_not() {
    let grant = grant();
    let reserved = News::Answer(Answer::Reserved(grant.clone()));
    assert_eq!(follows(&reserved), Some(Follows::Held(&grant, false)));
    for waited in
        [Change::Granted(grant.clone()), Change::Drawn(Answer::Reserved(grant.clone()), Provenance::default())]
    {
        assert_eq!(follows(&News::Change(waited)), Some(Follows::Held(&grant, true)));
    }
    assert_eq!(follows(&News::Change(Change::Cancelled(CancelCause::Shopper))), Some(Follows::Over));
}
