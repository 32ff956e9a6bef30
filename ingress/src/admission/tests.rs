//! What is let into the line, and what is not.

use sale::ids::EventId;
use sale::pricing::{Cut, Discount};
use sale::record::ItemCounts;
use sale::rules::{CheckoutModel, Coupon, Item};
use sale::time::{LineMs, Pause, Pauses};
use uuid::Uuid;

use super::*;

fn rules() -> SaleRules {
    SaleRules {
        event: EventId(Uuid::nil()),
        version: 1,
        currency: "EUR".parse().expect("currency"),
        scheduled: true,
        opens_at: UnixMs(1_000_000),
        closes_at: UnixMs(2_000_000),
        stopped_at: None,
        pauses: Pauses::default(),
        checkout: CheckoutModel::Reservation,
        hold_ms: 60_000,
        per_shopper_max: 4,
        quantity_max: 5,
        standby_max: 10,
        items: vec![Item { sku: "MUG".to_owned(), list_minor: 1_000, discount: Discount::None, allocation: 100 }],
        coupons: vec![Coupon { code: "Spring".to_owned(), cut: Cut::PercentOff(500), uses_max: None }],
    }
}

fn kind<T>(result: Result<T, ApiError>) -> Option<Kind> {
    result.err().map(|error| error.kind)
}

#[test]
fn a_wish_must_fit_the_sale() {
    let wish = |sku, quantity| kind(check_wish(&rules(), sku, quantity));
    assert_eq!(wish("MUG", 1), None);
    assert_eq!(wish("MUG", 4), None);
    assert_eq!(wish("CAP", 1), Some(Kind::Invalid));
    assert_eq!(wish("MUG", 0), Some(Kind::Invalid));
    assert_eq!(wish("MUG", 5), Some(Kind::Invalid), "more than one shopper may have");
    assert!(check_coupon(&rules(), "SPRING").is_ok());
    for wrong in ["WINTER", "", &"x".repeat(10_000)] {
        assert_eq!(kind(check_coupon(&rules(), wrong)), Some(Kind::Invalid));
    }
}

#[test]
fn the_window_and_the_overrides_decide_who_may_enter() {
    let at = |now, rules: &SaleRules| {
        kind(check_opened(rules, UnixMs(now)).and_then(|()| check_not_over(rules, UnixMs(now))))
    };
    assert_eq!(at(999_999, &rules()), Some(Kind::NotStarted));
    assert_eq!(at(1_000_000, &rules()), None);
    assert_eq!(at(2_000_000, &rules()), Some(Kind::SaleEnded));
    let paused = SaleRules { pauses: Pauses(vec![Pause { from: UnixMs(900_000), until: None }]), ..rules() };
    assert_eq!(at(1_500_000, &paused), None, "a paused sale takes attempts");
    assert_eq!(at(950_000, &paused), Some(Kind::NotStarted));
    assert_eq!(at(2_500_000, &paused), None, "a pause holds the end");
    let stopped = SaleRules { stopped_at: Some(UnixMs(1)), ..rules() };
    assert_eq!(at(1_500_000, &stopped), Some(Kind::SaleStopped));
    let draft = SaleRules { scheduled: false, ..rules() };
    assert_eq!(at(1_500_000, &draft), Some(Kind::NotFound));
}

#[test]
fn sold_out_only_when_nothing_can_come_back_or_standby_is_full() {
    let progress = |held, sold, standby_len, allocated| Progress {
        event: EventId(Uuid::nil()),
        incarnation: 1,
        epoch: 1,
        seq: 1,
        at: UnixMs(0),
        line: LineMs(0),
        served: 0,
        items: vec![ItemCounts { allocated, held, sold, standby_len, ..ItemCounts::default() }],
        doors: Vec::new(),
        answer_times: None,
    };
    let sold_out = |progress: &Progress| looks_sold_out(&rules(), progress, ItemNo(0));
    assert!(sold_out(&progress(0, 100, 0, 100)));
    assert!(!sold_out(&progress(1, 99, 9, 100)), "a reservation may come back");
    assert!(sold_out(&progress(1, 99, 10, 100)), "standby is full");
    let mut capturing = progress(0, 100, 0, 100);
    capturing.items[0].capturing = 1;
    assert!(!sold_out(&capturing), "a capture may fail");
    assert!(!sold_out(&progress(0, 99, 0, 100)));
    assert!(!sold_out(&progress(0, 90, 0, 90)), "the line has yet to follow a restock");
    assert!(!looks_sold_out(&rules(), &progress(0, 100, 0, 100), ItemNo(1)));
}

#[test]
fn capitals_of_an_access_code_do_not_matter_unless_it_was_kept_when_they_did() {
    let kept = |digest: [u8; 32]| Sale {
        rules: rules(),
        name: String::new(),
        description: String::new(),
        pause_reason: None,
        stop_reason: None,
        settled: false,
        cleared: false,
        payment_tries: 3,
        access_codes: vec![access_code_digest("other"), digest],
        products: Vec::new(),
    };
    let sale = kept(access_code_digest("freunde-ä"));
    for typed in ["freunde-ä", " Freunde-Ä ", "FREUNDE-Ä"] {
        assert_eq!(kind(check_access_code(&sale, Some(typed))), None, "{typed}");
    }
    let sale = kept(Sha256::digest("Friends").into());
    assert_eq!(kind(check_access_code(&sale, Some("Friends"))), None, "as it was given out");
    for wrong in [None, Some("friends"), Some("friend"), Some("")] {
        assert_eq!(kind(check_access_code(&sale, wrong)), Some(Kind::AccessCodeWrong), "{wrong:?}");
    }
}
