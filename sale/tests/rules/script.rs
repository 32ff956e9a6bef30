//! Random sales and random things that happen to them, hostile ones included.

use proptest::prelude::*;
use sale::command::{Attempt, CancelCause, Command, HeldOnFor};
use sale::hoarding::Hoarding;
use sale::ids::{AttemptId, CodeNo, CouponNo, EventId, ItemNo, PaymentId, ShopperId};
use sale::money::Currency;
use sale::pricing::{Cut, Discount, Tier};
use sale::provenance::{Origin, Party, Provenance};
use sale::rules::{CheckoutModel, Coupon, Item, SaleRules};
use sale::time::{Pause, Pauses, UnixMs};
use uuid::Uuid;

use crate::store::{Message, Store};

/// When the scripts begin: well inside the window.
pub(crate) const BEGIN: UnixMs = UnixMs(1_000_000);
pub(crate) const HOLD_MS: u64 = 1_000;
pub(crate) const GRACE_MS: u64 = 2_000;

#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) rules: SaleRules,
    pub(crate) steps: Vec<Step>,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Deliver { messages: Vec<Message>, wall: UnixMs },
    DeliverAgain { nth: usize },
    Change(RuleChange),
}

/// What an organiser may do.
#[derive(Clone, Debug)]
pub(crate) enum RuleChange {
    Allocate(usize, u32),
    Pause(UnixMs),
    Resume(UnixMs),
    Stop(UnixMs),
}

impl RuleChange {
    pub(crate) fn apply(&self, store: &mut Store) {
        match self {
            RuleChange::Allocate(item, units) => {
                let index = item % store.rules.items.len();
                store.rules.items[index].allocation = *units;
            }
            RuleChange::Pause(at) if !store.rules.pauses.is_paused() => {
                store.rules.pauses.0.push(Pause { from: *at, until: None });
            }
            RuleChange::Resume(at) => {
                if let Some(pause) = store.rules.pauses.0.last_mut().filter(|pause| pause.until.is_none()) {
                    pause.until = Some((*at).max(pause.from));
                }
            }
            RuleChange::Stop(at) => {
                store.rules.stopped_at.get_or_insert(*at);
                let journal = store.journal.len();
                store.journal_at_stop.get_or_insert(journal);
            }
            RuleChange::Pause(_) => {}
        }
        let now = match self {
            RuleChange::Pause(at) | RuleChange::Resume(at) | RuleChange::Stop(at) => *at,
            RuleChange::Allocate(..) => BEGIN,
        };
        store.deliver(&[(now, Command::Tick)], now);
    }
}

pub(crate) fn attempt_id(shopper: u8, key: u8, body: u8) -> AttemptId {
    AttemptId(Uuid::from_bytes([1, 1, 1, 1, 1, 1, shopper, key, body, 0, 0, 0, 0, 0, 0, 0]))
}

pub(crate) fn shopper(number: u8) -> ShopperId {
    ShopperId(Uuid::from_u128(u128::from(number) + 1))
}

pub(crate) const fn payment(number: u8) -> PaymentId {
    PaymentId(Uuid::from_u128(number as u128 + 1_000))
}

/// A sale that is open for the whole script.
pub(crate) fn rules(items: Vec<Item>, coupons: Vec<Coupon>) -> SaleRules {
    SaleRules {
        event: EventId(Uuid::from_u128(7)),
        version: 1,
        currency: "EUR".parse::<Currency>().expect("a currency"),
        scheduled: true,
        opens_at: UnixMs(0),
        closes_at: UnixMs(u64::MAX),
        lobby: None,
        stopped_at: None,
        pauses: Pauses::default(),
        checkout: CheckoutModel::Reservation,
        hold_ms: HOLD_MS,
        standby_hold_ms: None,
        grace_ms: GRACE_MS,
        per_shopper_max: 4,
        series: None,
        quantity_max: 3,
        standby_max: 3,
        items,
        coupons,
        code_uses_max: [].into(),
        hoarding: None,
        put_aside: [].into(),
    }
}

pub(crate) fn item(allocation: u32, discount: Discount) -> Item {
    Item { sku: "item".to_owned(), list_minor: 1_000, discount, allocation }
}

fn cut() -> impl Strategy<Value = Cut> {
    prop_oneof![
        (0u16..=10_000).prop_map(Cut::PercentOff),
        (0i64..2_000).prop_map(Cut::AmountOff),
        (0i64..2_000).prop_map(Cut::FixedPrice),
    ]
}

fn any_rules() -> impl Strategy<Value = SaleRules> {
    let tiers = proptest::collection::vec((1u32..4, cut()), 1..3)
        .prop_map(|tiers| Discount::Tiers(tiers.into_iter().map(|(units, cut)| Tier { units, cut }).collect()));
    let discount = prop_oneof![Just(Discount::None), cut().prop_map(Discount::Flat), tiers];
    let items =
        proptest::collection::vec((0u32..8, discount).prop_map(|(units, discount)| item(units, discount)), 1..3);
    let coupon = (cut(), proptest::option::of(0u32..3)).prop_map(|(cut, uses_max)| Coupon {
        code: "code".to_owned(),
        cut,
        uses_max,
    });
    let coupons = proptest::collection::vec(coupon, 0..3);
    let limits = (0u32..3, 1u32..5, 0..2 * HOLD_MS, 0u32..60).prop_map(
        |(unpaid_max, address_unpaid_max, rest_ms, address_percent)| Hoarding {
            unpaid_max,
            address_unpaid_max,
            rest_ms,
            address_percent,
        },
    );
    let codes = proptest::collection::btree_map((0u32..3).prop_map(CodeNo), 0u32..4, 0..3);
    let aside = proptest::collection::btree_set((0u8..6).prop_map(|who| Party::Shopper(shopper(who))), 0..2);
    let further = (proptest::option::of(limits), codes, aside);
    (items, coupons, 1u32..6, 0u32..5, further).prop_map(|(items, coupons, per_shopper_max, standby_max, further)| {
        let (hoarding, code_uses_max, put_aside) = further;
        SaleRules { per_shopper_max, standby_max, hoarding, code_uses_max, put_aside, ..rules(items, coupons) }
    })
}

fn command() -> impl Strategy<Value = Command> {
    let id = || (0u8..6, 0u8..4, 0u8..2).prop_map(|(shopper, key, body)| (shopper, attempt_id(shopper, key, body / 2)));
    let quantity = prop_oneof![8 => 1u32..4, 1 => Just(0), 1 => Just(u32::MAX)];
    let attempt = (0u8..6, 0u8..4, 0u8..8, 0u16..3, quantity, proptest::option::of(0u16..3)).prop_map(
        |(who, key, body, item, quantity, coupon)| {
            // Now and then the same key comes with another body.
            let id = attempt_id(who, key, u8::from(body == 0));
            let (shopper, item, coupon) = (shopper(who), ItemNo(item), coupon.map(CouponNo));
            Attempt { id, shopper, item, quantity, coupon }
        },
    );
    // Half of all shoppers share two blocks of addresses.
    let origin = proptest::option::of((0u8..2).prop_map(|block| Origin([block; 16])));
    let provenance = (origin, proptest::option::of((0u32..3).prop_map(CodeNo)));
    let attempt = (attempt, provenance)
        .prop_map(|(attempt, (origin, code))| Command::of_attempt(attempt, Provenance { origin, code }));
    let confirm =
        (id(), 0u8..3).prop_map(|((_, attempt), number)| Command::Confirm { attempt, payment: payment(number) });
    let cause = prop_oneof![
        Just(CancelCause::Shopper),
        Just(CancelCause::PaymentFailed),
        Just(CancelCause::Shop),
        (0u8..3).prop_map(|number| CancelCause::CaptureFailed(payment(number))),
        (0u8..3).prop_map(|number| CancelCause::Refunded(payment(number))),
    ];
    let cancel = (id(), cause).prop_map(|((_, attempt), cause)| Command::Cancel { attempt, cause });
    let captured =
        (id(), 0u8..3).prop_map(|((_, attempt), number)| Command::Captured { attempt, payment: payment(number) });
    let what_for = prop_oneof![
        3 => (0u8..3).prop_map(|number| HeldOnFor::Payment(payment(number))),
        1 => Just(HeldOnFor::Shop),
    ];
    let until = proptest::option::of((0u64..20_000).prop_map(|ms| BEGIN.plus_ms(ms)));
    let hold_on = (id(), what_for, until).prop_map(|((_, attempt), what_for, until)| Command::HoldOn {
        attempt,
        what_for,
        until,
    });
    let let_go = (id(), 0u8..3).prop_map(|((_, attempt), number)| Command::LetGo { attempt, payment: payment(number) });
    prop_oneof![
        12 => attempt, 4 => confirm, 2 => captured, 4 => cancel, 3 => hold_on, 1 => let_go, 2 => Just(Command::Tick)
    ]
}

/// Time goes on by up to a hold and a half; the doors' clocks are off by as much, either way.
pub(crate) fn script() -> impl Strategy<Value = Script> {
    let message = (command(), 0u64..3_000);
    let change = prop_oneof![
        3 => (0usize..3, 0u32..10).prop_map(|(item, units)| RuleChange::Allocate(item, units)),
        2 => Just(RuleChange::Pause(BEGIN)),
        2 => Just(RuleChange::Resume(BEGIN)),
        1 => Just(RuleChange::Stop(BEGIN)),
    ];
    let step = prop_oneof![
        10 => proptest::collection::vec(message, 1..8).prop_map(Draft::Deliver),
        2 => (0usize..30).prop_map(Draft::DeliverAgain),
        1 => change.prop_map(Draft::Change),
    ];
    (any_rules(), proptest::collection::vec((step, 0u64..1_500), 1..14)).prop_map(|(rules, drafts)| {
        let mut wall = BEGIN;
        let steps = drafts.into_iter().map(|(draft, passes_ms)| {
            wall = wall.plus_ms(passes_ms);
            match draft {
                Draft::Deliver(messages) => {
                    let at = |skew: u64| UnixMs(wall.0 - 1_500 + skew);
                    let messages = messages.into_iter().map(|(command, skew)| (at(skew), command)).collect();
                    Step::Deliver { messages, wall }
                }
                Draft::DeliverAgain(nth) => Step::DeliverAgain { nth },
                Draft::Change(RuleChange::Pause(_)) => Step::Change(RuleChange::Pause(wall)),
                Draft::Change(RuleChange::Resume(_)) => Step::Change(RuleChange::Resume(wall)),
                Draft::Change(RuleChange::Stop(_)) => Step::Change(RuleChange::Stop(wall)),
                Draft::Change(change) => Step::Change(change),
            }
        });
        Script { rules, steps: steps.collect() }
    })
}

#[derive(Clone, Debug)]
enum Draft {
    Deliver(Vec<(Command, u64)>),
    DeliverAgain(usize),
    Change(RuleChange),
}
