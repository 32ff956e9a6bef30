//! When a line is sold out, and when it owes nothing any more.

use uuid::Uuid;

use super::*;
use crate::ids::EventId;
use crate::rules::CheckoutModel;
use crate::time::{Pause, Pauses};

fn rules() -> SaleRules {
    SaleRules {
        event: EventId(Uuid::nil()),
        version: 1,
        currency: "EUR".parse().expect("a currency"),
        scheduled: true,
        opens_at: UnixMs(0),
        closes_at: UnixMs(1_000_000),
        lobby: None,
        stopped_at: None,
        pauses: Pauses::default(),
        checkout: CheckoutModel::Reservation,
        hold_ms: 1_000,
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

fn head(line: u64, counts: ItemCounts) -> Head {
    Head { line: LineMs(line), items: vec![counts], ..Head::default() }
}

#[test]
fn a_sale_is_sold_out_once_nothing_can_come_back_without_a_refund() {
    let sold = ItemCounts { allocated: 5, sold: 5, ..ItemCounts::default() };
    assert!(head(0, sold.clone()).is_sold_out());
    for open in [
        ItemCounts { allocated: 6, ..sold.clone() },
        ItemCounts { held: 1, sold: 4, ..sold.clone() },
        ItemCounts { capturing: 1, ..sold.clone() },
    ] {
        assert!(!Head { items: vec![sold.clone(), open], ..Head::default() }.is_sold_out());
    }
    assert!(!head(0, ItemCounts::default()).is_sold_out(), "there was never anything");
}

#[test]
fn a_line_owes_nothing_once_it_is_over_has_moved_on_and_holds_nothing() {
    let (late, rest) = (UnixMs(2_000_000), head(1_900_000, ItemCounts::default()));
    assert!(rest.is_at_rest(&rules(), late));
    assert!(!head(1_009_000, ItemCounts::default()).is_at_rest(&rules(), late), "its time stands still");
    for open in [
        ItemCounts { held: 1, ..ItemCounts::default() },
        ItemCounts { capturing: 1, ..ItemCounts::default() },
        ItemCounts { standby_len: 1, ..ItemCounts::default() },
    ] {
        assert!(!head(1_900_000, open).is_at_rest(&rules(), late));
    }
    let paused = Pauses(vec![Pause { from: UnixMs(999_000), until: None }]);
    assert!(!rest.is_at_rest(&SaleRules { pauses: paused, ..rules() }, late), "a pause holds the end");
    let stopped = SaleRules { stopped_at: Some(UnixMs(10)), ..rules() };
    assert!(head(20_000, ItemCounts::default()).is_at_rest(&stopped, UnixMs(50_000)));
}
