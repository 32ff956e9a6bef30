//! The pure decision function on one core, in rounds as large as the dispenser's largest. For finer looks
//! there is `cargo bench -p loadgen`.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use sale::command::{Attempt, Command};
use sale::ids::{AttemptId, EventId, ItemNo, ShopperId};
use sale::money::Currency;
use sale::pricing::Discount;
use sale::rules::{CheckoutModel, Item, SaleRules};
use sale::time::{Pauses, UnixMs};
use sale::{ReadSet, decide};
use uuid::Uuid;

/// As many as the dispenser takes at once when it is busy.
pub const ROUND: u64 = 1_024;
/// The time of every round.
pub const NOW: UnixMs = UnixMs(1_000_000);
const MEASURED_FOR: Duration = Duration::from_secs(2);

/// Decisions a second, by kind of answer.
pub(super) fn measure() -> BTreeMap<&'static str, f64> {
    let attempts = attempts();
    let kinds = [("granted", u32::MAX, 0), ("standby", 0, u32::MAX), ("sold out", 0, 0)];
    kinds
        .into_iter()
        .map(|(name, stock, standby)| (name, per_s(&rules(Discount::None, stock, standby), &attempts)))
        .collect()
}

fn per_s(rules: &SaleRules, attempts: &[Command]) -> f64 {
    let (began, mut decided) = (Instant::now(), 0);
    while began.elapsed() < MEASURED_FOR {
        black_box(decide(rules, ReadSet::default(), attempts.iter().map(|attempt| (NOW, attempt)), NOW));
        decided += ROUND;
    }
    decided as f64 / began.elapsed().as_secs_f64()
}

/// A round of attempts, each of another shopper; ids as evenly spread as real ones.
pub fn attempts() -> Vec<Command> {
    let id = |salt: u64, number: u64| {
        let mixed = (number ^ salt).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Uuid::from_u64_pair(mixed, mixed.rotate_left(32))
    };
    let attempt = |number| Attempt {
        id: AttemptId(id(1, number)),
        shopper: ShopperId(id(1 << 40, number)),
        item: ItemNo(0),
        quantity: 1,
        coupon: None,
    };
    (0..ROUND).map(attempt).map(Command::Attempt).collect()
}

/// A sale of one item.
///
/// # Panics
/// Never: the currency is one.
pub fn rules(discount: Discount, allocation: u32, standby_max: u32) -> SaleRules {
    SaleRules {
        event: EventId(Uuid::nil()),
        version: 1,
        currency: "EUR".parse::<Currency>().expect("a currency"),
        scheduled: true,
        opens_at: UnixMs(0),
        closes_at: UnixMs(u64::MAX),
        lobby: None,
        stopped_at: None,
        pauses: Pauses::default(),
        checkout: CheckoutModel::Reservation,
        hold_ms: 60_000,
        standby_hold_ms: None,
        grace_ms: 0,
        per_shopper_max: 2,
        series: None,
        quantity_max: 2,
        standby_max,
        items: vec![Item { sku: "lamp".into(), list_minor: 4_500, discount, allocation }],
        coupons: Vec::new(),
        code_uses_max: [].into(),
        hoarding: None,
        put_aside: [].into(),
    }
}
