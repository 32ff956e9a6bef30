//! What an admin says a sale should be, and every reason why it cannot be.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use sale::money::{AMOUNT_MINOR_MAX, Currency, UNITS_MAX};
use sale::pricing::{Cut, Discount};
use sale::rules::CheckoutModel;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::admin::text;
use crate::moment::Moment;

const ITEMS_MAX: usize = 64;
const TIERS_MAX: usize = 32;
const COUPONS_MAX: usize = 1_000;
const ACCESS_CODES_MAX: usize = 1_000;
const CODE_LENGTH_MAX: usize = 64;
const ACCESS_CODE_LENGTH_MAX: usize = 128;
/// Units in one sale.
pub(super) const ALLOCATION_TOTAL_MAX: u64 = UNITS_MAX as u64;
const DURATION_DAYS_MAX: i64 = 31;
const AHEAD_DAYS_MAX: i64 = 2 * 366;
/// Problems named in one answer.
const PROBLEMS_MAX: usize = 10;

/// A sale event, as an admin describes it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventSpec {
    pub(super) name: String,
    #[serde(default)]
    pub(super) description: String,
    /// ISO 4217; that of all its products.
    pub(super) currency: String,
    /// First moment at which attempts are accepted.
    pub(super) opens_at: Moment,
    /// First moment at which they no longer are.
    pub(super) closes_at: Moment,
    #[serde(default = "reservation")]
    #[schema(value_type = CheckoutSchema)]
    pub(super) checkout: CheckoutModel,
    /// How long a shopper may take to pay.
    pub(super) hold_seconds: i64,
    /// Units one shopper may hold, have bought or be waiting for.
    pub(super) per_shopper_max: i32,
    /// Units in one attempt.
    pub(super) quantity_max: i32,
    /// Shoppers on standby for each item.
    pub(super) standby_max: i32,
    /// Tries to pay for one reservation.
    #[serde(default = "three")]
    pub(super) payment_tries: i32,
    /// False for a draft, which only admins see.
    #[serde(default)]
    pub(super) scheduled: bool,
    pub(super) items: Vec<ItemSpec>,
    #[serde(default)]
    pub(super) coupons: Vec<CouponSpec>,
    /// When there are any, an attempt needs one. Kept as digests: never shown again. Left out when an event
    /// is replaced, the codes stay as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) access_codes: Option<Vec<String>>,
}

/// An item of a sale.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ItemSpec {
    /// Of a product.
    pub(super) sku: String,
    /// Without the sale, in minor units; the product's, if left out.
    #[serde(default)]
    pub(super) list_minor: Option<i64>,
    /// Units to sell.
    pub(super) allocation: i32,
    #[serde(default)]
    #[schema(value_type = DiscountSchema)]
    pub(super) discount: Discount,
}

/// A coupon of a sale.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CouponSpec {
    /// What the shopper types; compared without regard to case.
    pub(super) code: String,
    /// On top of the sale price.
    #[schema(value_type = CutSchema)]
    pub(super) cut: Cut,
    /// Reservations that may use it.
    #[serde(default)]
    pub(super) uses_max: Option<i32>,
}

/// How a granted unit becomes an order.
#[derive(ToSchema)]
#[schema(as = CheckoutModel, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes a type of the domain, which knows no OpenAPI")]
pub(crate) enum CheckoutSchema {
    Reservation,
    DirectOrder,
}

/// A reduction of a unit's price.
#[derive(ToSchema)]
#[schema(as = Cut, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes a type of the domain, which knows no OpenAPI")]
pub(crate) enum CutSchema {
    /// Basis points: 2500 is 25 %.
    PercentOff(u16),
    /// Minor units.
    AmountOff(i64),
    /// Minor units.
    FixedPrice(i64),
}

/// How the sale price follows from the list price.
#[derive(ToSchema)]
#[schema(as = Discount, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes a type of the domain, which knows no OpenAPI")]
pub(crate) enum DiscountSchema {
    None,
    Flat(CutSchema),
    /// By units out: the first tier's units first; after the last, the list price.
    Tiers(Vec<TierSchema>),
}

/// The next `units` units get this cut.
#[derive(ToSchema)]
#[schema(as = Tier)]
#[expect(dead_code, reason = "describes a type of the domain, which knows no OpenAPI")]
pub(crate) struct TierSchema {
    units: u32,
    cut: CutSchema,
}

fn reservation() -> CheckoutModel {
    CheckoutModel::Reservation
}

fn three() -> i32 {
    3
}

impl EventSpec {
    /// Everything that is wrong with it, without asking the database.
    pub(super) fn problems(&self, now: DateTime<Utc>) -> Vec<String> {
        let mut problems = Vec::new();
        problems.extend(text::problem("name", &self.name, 1, 200));
        problems.extend(text::problem("description", &self.description, 0, 10_000));
        if let Err(error) = self.currency.parse::<Currency>() {
            problems.push(format!("currency: {error}"));
        }
        self.window_problems(now, &mut problems);
        within("hold_seconds", self.hold_seconds, 1, 86_400, &mut problems);
        within("per_shopper_max", self.per_shopper_max.into(), 1, 1_000, &mut problems);
        within("quantity_max", self.quantity_max.into(), 1, 1_000, &mut problems);
        within("standby_max", self.standby_max.into(), 0, 1_000_000, &mut problems);
        within("payment_tries", self.payment_tries.into(), 1, 20, &mut problems);
        if self.quantity_max > self.per_shopper_max {
            problems.push("quantity_max: at most per_shopper_max".to_owned());
        }
        self.item_problems(&mut problems);
        self.coupon_problems(&mut problems);
        self.access_code_problems(&mut problems);
        problems.truncate(PROBLEMS_MAX);
        problems
    }

    fn window_problems(&self, now: DateTime<Utc>, problems: &mut Vec<String>) {
        let (opens_at, closes_at) = (self.opens_at.utc(), self.closes_at.utc());
        if opens_at >= closes_at {
            problems.push("closes_at: later than opens_at, by a millisecond at least".to_owned());
        } else if closes_at - opens_at > TimeDelta::days(DURATION_DAYS_MAX) {
            problems.push(format!("closes_at: at most {DURATION_DAYS_MAX} days after opens_at"));
        }
        if closes_at <= now {
            problems.push("closes_at: in the future".to_owned());
        } else if closes_at - now > TimeDelta::days(AHEAD_DAYS_MAX) {
            problems.push(format!("closes_at: at most {AHEAD_DAYS_MAX} days from now"));
        }
    }

    fn item_problems(&self, problems: &mut Vec<String>) {
        if !(1..=ITEMS_MAX).contains(&self.items.len()) {
            problems.push(format!("items: 1 to {ITEMS_MAX}"));
            return;
        }
        let mut skus = HashSet::new();
        for (index, item) in self.items.iter().enumerate() {
            let field = format!("items[{index}]");
            if !skus.insert(item.sku.as_str()) {
                problems.push(format!("{field}.sku: twice in this sale"));
            }
            problems.extend(text::problem(&format!("{field}.sku"), &item.sku, 1, 64));
            if item.allocation < 0 {
                problems.push(format!("{field}.allocation: not negative"));
            }
            if item.list_minor.is_some_and(|minor| !(0..=AMOUNT_MINOR_MAX).contains(&minor)) {
                problems.push(format!("{field}.list_minor: from 0 to {AMOUNT_MINOR_MAX}"));
            }
            discount_problems(&format!("{field}.discount"), &item.discount, problems);
        }
        let total: u64 = self.items.iter().map(|item| u64::try_from(item.allocation).unwrap_or(0)).sum();
        if total > ALLOCATION_TOTAL_MAX {
            problems.push(format!("items: at most {ALLOCATION_TOTAL_MAX} units in all"));
        }
    }

    fn coupon_problems(&self, problems: &mut Vec<String>) {
        if self.coupons.len() > COUPONS_MAX {
            problems.push(format!("coupons: at most {COUPONS_MAX}"));
            return;
        }
        let mut codes = HashSet::new();
        for (index, coupon) in self.coupons.iter().enumerate() {
            let field = format!("coupons[{index}]");
            let is_plain = coupon.code.bytes().all(|byte| byte.is_ascii_graphic());
            if !is_plain || !(1..=CODE_LENGTH_MAX).contains(&coupon.code.len()) {
                problems.push(format!("{field}.code: 1 to {CODE_LENGTH_MAX} visible ASCII characters"));
            }
            if !codes.insert(coupon.code.to_ascii_lowercase()) {
                problems.push(format!("{field}.code: twice in this sale"));
            }
            if coupon.uses_max.is_some_and(|uses| uses < 0) {
                problems.push(format!("{field}.uses_max: not negative"));
            }
            problems.extend(coupon.cut.problem().map(|problem| format!("{field}.cut: {problem}")));
        }
    }

    fn access_code_problems(&self, problems: &mut Vec<String>) {
        let codes = self.access_codes.as_deref().unwrap_or_default();
        if codes.len() > ACCESS_CODES_MAX {
            problems.push(format!("access_codes: at most {ACCESS_CODES_MAX}"));
        }
        for (index, code) in codes.iter().enumerate() {
            problems.extend(text::problem(&format!("access_codes[{index}]"), code.trim(), 1, ACCESS_CODE_LENGTH_MAX));
        }
    }
}

fn discount_problems(field: &str, discount: &Discount, problems: &mut Vec<String>) {
    match discount {
        Discount::None => {}
        Discount::Flat(cut) => problems.extend(cut.problem().map(|problem| format!("{field}.flat: {problem}"))),
        Discount::Tiers(tiers) => {
            if !(1..=TIERS_MAX).contains(&tiers.len()) {
                problems.push(format!("{field}.tiers: 1 to {TIERS_MAX}"));
            }
            for (index, tier) in tiers.iter().enumerate() {
                if tier.units == 0 {
                    problems.push(format!("{field}.tiers[{index}].units: at least 1"));
                }
                problems.extend(tier.cut.problem().map(|problem| format!("{field}.tiers[{index}].cut: {problem}")));
            }
        }
    }
}

fn within(field: &str, value: i64, min: i64, max: i64, problems: &mut Vec<String>) {
    if !(min..=max).contains(&value) {
        problems.push(format!("{field}: from {min} to {max}"));
    }
}

#[cfg(test)]
mod tests;
