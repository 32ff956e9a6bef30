//! What the door bars, the line refuses; what the door lets pass and the line then refuses is listed here.

use std::collections::BTreeSet;

use proptest::prelude::*;
use sale::admission::{can_be_had, check_request, has_opened, is_not_over};
use sale::answer::{Answer, News, Refusal};
use sale::command::{Attempt, Command};
use sale::ids::{AttemptId, CouponNo, ItemNo, SeriesId, ShopperId};
use sale::series::{Elsewhere, Series};
use sale::time::UnixMs;
use sale::{ReadSet, decide};
use uuid::Uuid;

use crate::script::script;
use crate::store::Store;
use crate::{cases, play};

/// The scripts know no window, and no SKUs: they get these.
const OPENS_AT: UnixMs = UnixMs(1_000_000);
const LASTS_MS: i64 = 2_000_000;

/// Somebody comes to the door of a sale.
#[derive(Clone, Debug)]
struct Comer {
    /// By number among those who have been there before, else somebody new.
    shopper: usize,
    /// Also one that the sale does not have.
    item: u16,
    quantity: u32,
    coupon: Option<u16>,
    /// Thousandths of the window, from a fifth before it to a fifth after.
    at: i64,
}

fn comer() -> impl Strategy<Value = Comer> {
    (0usize..6, 0u16..4, 0u32..7, proptest::option::of(0u16..3), -200i64..1_200)
        .prop_map(|(shopper, item, quantity, coupon, at)| Comer { shopper, item, quantity, coupon, at })
}

impl Comer {
    fn entered_at(&self) -> UnixMs {
        UnixMs(OPENS_AT.0.saturating_add_signed(self.at * LASTS_MS / 1_000))
    }

    /// What the door says, which has just heard how the line stands.
    fn at_the_door(&self, store: &Store) -> bool {
        let (rules, now) = (&store.rules, self.entered_at());
        let sku = rules.item(ItemNo(self.item)).map_or("none", |item| item.sku.as_str());
        has_opened(rules, now)
            .and_then(|()| check_request(rules, sku, self.quantity))
            .and_then(|item| is_not_over(rules, now).and_then(|()| can_be_had(rules, &store.head.items, item)))
            .is_ok()
    }

    /// What the line says, before anything else has happened in it.
    fn in_the_line(&self, store: &Store) -> Answer {
        let known: BTreeSet<ShopperId> = store.records.values().map(|record| record.shopper).collect();
        let attempt = Attempt {
            id: AttemptId(Uuid::from_u128(u128::MAX)),
            shopper: known.into_iter().nth(self.shopper).unwrap_or(ShopperId(Uuid::max())),
            item: ItemNo(self.item),
            quantity: self.quantity,
            coupon: self.coupon.map(CouponNo),
        };
        let held = store.holdings.get(&attempt.shopper).copied().unwrap_or(0);
        let read = ReadSet {
            head: store.head.clone(),
            holdings: [(attempt.shopper, u32::try_from(held).expect("none below zero"))].into(),
            elsewhere: store
                .rules
                .series
                .as_ref()
                .map(|series| Elsewhere { per_shopper_max: series.per_shopper_max, ..Elsewhere::default() }),
            ..ReadSet::default()
        };
        let (id, now) = (attempt.id, self.entered_at());
        let decision = decide(&store.rules, read, [(now, &Command::Attempt(attempt))], now);
        let answer = decision.outcomes.into_iter().find_map(|outcome| match outcome.news {
            News::Answer(answer) if outcome.attempt == id => Some(answer),
            _ => None,
        });
        answer.expect("an answer")
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn what_the_door_bars_the_line_refuses_and_what_it_lets_pass_is_refused_for_these_reasons_only(
        script in script(), comers in proptest::collection::vec(comer(), 1..8),
        in_series in proptest::option::of(1u32..5),
    ) {
        let mut store = play(&script, |_| Ok(()))?;
        (store.rules.opens_at, store.rules.closes_at) = (OPENS_AT, OPENS_AT.plus_ms(LASTS_MS.unsigned_abs()));
        let id = SeriesId(Uuid::nil());
        store.rules.series = in_series.map(|per_shopper_max| Series { id, name: String::new(), per_shopper_max });
        for (number, item) in store.rules.items.iter_mut().enumerate() {
            item.sku = number.to_string();
        }
        for comer in comers {
            let (passed, answer) = (comer.at_the_door(&store), comer.in_the_line(&store));
            let expected = match &answer {
                // Of what the door cannot know: what others hold, how often coupons are used, whether a coupon's number
                // is one of the sale's, that others are served first, and that somebody wants more than can ever come back.
                Answer::Refused(Refusal::SeriesLimit { .. } | Refusal::LimitReached | Refusal::CouponUsedUp | Refusal::HeldBack) => true,
                Answer::SoldOut { .. } => true,
                Answer::Refused(Refusal::Invalid) => !passed || comer.coupon.is_some(),
                Answer::Refused(_) | Answer::Entered { .. } => !passed,
                Answer::Reserved(_) | Answer::Standby { .. } | Answer::Behind { .. } => passed,
            };
            prop_assert!(expected, "the door {}, the line says {answer:?}", if passed { "lets pass" } else { "bars" });
        }
    }
}
