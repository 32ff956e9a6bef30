//! What is sold in a story, and when. Seconds count from its beginning.

use std::fmt;

use rand::Rng;
use rand::rngs::StdRng;
use serde_json::{Value, json};

/// What each unit costs without the sale, in minor units.
const LIST_MINOR: i64 = 1_000;
/// What each tier takes off, in basis points: the first tier is the cheapest.
const TIER_CUTS: [u32; 2] = [5_000, 2_500];
/// What the coupon takes off on top.
const COUPON_CUT: u32 = 1_000;
/// What a shopper types.
pub(super) const COUPON: &str = "FRIENDS";

/// One item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ItemOutline {
    pub(super) units: u32,
    /// The units of each tier.
    pub(super) tiers: Vec<u32>,
}

/// One sale: small enough that everything in it is scarce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outline {
    pub(super) items: Vec<ItemOutline>,
    /// How often the coupon may be used, if there is one.
    pub(super) coupon_uses: Option<u32>,
    pub(super) opens_s: u64,
    pub(super) closes_s: u64,
    pub(super) hold_s: u64,
    pub(super) per_shopper_max: u32,
    pub(super) standby_max: u32,
    pub(super) payment_tries: u32,
    pub(super) direct_order: bool,
    /// Created as a draft, and scheduled later.
    pub(super) draft: bool,
    pub(super) shoppers: usize,
}

impl Outline {
    pub(super) fn random(random: &mut StdRng) -> Self {
        let item = |random: &mut StdRng| {
            let tiers = if random.random_bool(0.5) { random.random_range(1..=2) } else { 0 };
            ItemOutline {
                units: random.random_range(1..=3),
                tiers: (0..tiers).map(|_| random.random_range(1..=2)).collect(),
            }
        };
        let opens_s = random.random_range(90..300);
        let lasts_s = match random.random_range(0..10) {
            0..4 => random.random_range(120..240),
            4..8 => random.random_range(600..3_600),
            _ => 7_200,
        };
        Self {
            items: (0..if random.random_bool(0.3) { 2 } else { 1 }).map(|_| item(random)).collect(),
            coupon_uses: random.random_bool(0.5).then(|| if random.random_bool(0.75) { 1 } else { 2 }),
            opens_s,
            closes_s: opens_s + lasts_s,
            hold_s: random.random_range(60..=240),
            per_shopper_max: random.random_range(1..=3),
            standby_max: if random.random_bool(0.15) { random.random_range(0..=1) } else { 10 },
            payment_tries: random.random_range(1..=3),
            direct_order: random.random_bool(0.25),
            draft: random.random_bool(0.3),
            shoppers: random.random_range(3..=6),
        }
    }

    /// Of an item: its products's SKU in a story with this name.
    pub(super) fn sku(name: &str, item: usize) -> String {
        format!("{name}-{item}")
    }

    /// The products, as the admin API takes them.
    pub(super) fn products(&self, name: &str) -> Vec<Value> {
        let product = |item| {
            json!({ "sku": Self::sku(name, item), "name": "A small thing", "description": "",
                "list_minor": LIST_MINOR, "currency": "EUR" })
        };
        (0..self.items.len()).map(product).collect()
    }

    /// The sale, as the admin API takes it, of a story that began at a time.
    pub(super) fn spec(&self, name: &str, began: chrono::DateTime<chrono::Utc>) -> Value {
        let at = |s: u64| began + chrono::Duration::seconds(i64::try_from(s).unwrap_or(0));
        let items: Vec<Value> = self
            .items
            .iter()
            .enumerate()
            .map(|(number, item)| {
                let cuts = item.tiers.iter().zip(TIER_CUTS);
                let tiers: Vec<Value> =
                    cuts.map(|(units, cut)| json!({ "units": units, "cut": { "percent_off": cut } })).collect();
                let discount = if tiers.is_empty() { json!("none") } else { json!({ "tiers": tiers }) };
                json!({ "sku": Self::sku(name, number), "allocation": item.units, "discount": discount })
            })
            .collect();
        let coupons: Vec<Value> = self
            .coupon_uses
            .iter()
            .map(|uses| json!({ "code": COUPON, "cut": { "percent_off": COUPON_CUT }, "uses_max": uses }))
            .collect();
        json!({
            "name": name, "description": "", "currency": "EUR", "scheduled": !self.draft,
            "opens_at": at(self.opens_s), "closes_at": at(self.closes_s),
            "checkout": if self.direct_order { "direct_order" } else { "reservation" },
            "hold_seconds": self.hold_s, "per_shopper_max": self.per_shopper_max,
            "quantity_max": self.per_shopper_max, "standby_max": self.standby_max,
            "payment_tries": self.payment_tries, "items": items, "coupons": coupons,
        })
    }
}

impl fmt::Display for Outline {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, item) in self.items.iter().enumerate() {
            write!(out, "{}item {number}: {} units", if number == 0 { "" } else { ", " }, item.units)?;
            for (units, cut) in item.tiers.iter().zip(TIER_CUTS) {
                write!(out, ", the next {units} at -{} %", cut / 100)?;
            }
        }
        write!(out, "; opens at {}, closes at {}; ", clock(self.opens_s), clock(self.closes_s))?;
        write!(out, "{} s to pay, {} tries; ", self.hold_s, self.payment_tries)?;
        write!(out, "{} a shopper, {} on standby", self.per_shopper_max, self.standby_max)?;
        if let Some(uses) = self.coupon_uses {
            write!(out, "; a coupon of {uses} uses")?;
        }
        write!(out, "{}", if self.direct_order { "; direct orders" } else { "" })
    }
}

/// A time within a story, for people.
pub(super) fn clock(s: u64) -> String {
    match s / 86_400 {
        0 => format!("{}:{:02}:{:02}", s / 3_600, s / 60 % 60, s % 60),
        days => format!("{days} d {}:{:02}:{:02}", s / 3_600 % 24, s / 60 % 60, s % 60),
    }
}
