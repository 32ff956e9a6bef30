//! What an organiser says a sale should be, every limit on it, and every reason why it cannot be.

mod chargeable;
mod numbering;
pub(crate) mod text;

use std::collections::HashSet;

use crate::buyer::{self, QUESTION_LENGTH_MAX, QUESTIONS_MAX};
use crate::check::Check;
use crate::checkout::CheckoutUrl;
use crate::gateway::GatewayKind;
use crate::hoarding::Hoarding;
use crate::ids::SeriesId;
use crate::money::{AMOUNT_MINOR_MAX, Currency};
use crate::participation::Participation;
use crate::pricing::{Cut, Discount};
use crate::rules::CheckoutModel;
use crate::time::UnixMs;

pub use numbering::number;
pub use text::{line_problem, problem as text_problem};

/// Units in one sale; with the largest price it bounds every sum of money.
pub use crate::money::UNITS_MAX;

/// Items in one sale.
pub const ITEMS_MAX: usize = 64;
/// Tiers of one item's discount.
pub const TIERS_MAX: usize = 32;
/// Coupons of one sale.
pub const COUPONS_MAX: usize = 1_000;
/// Access codes of one sale.
pub const ACCESS_CODES_MAX: usize = 1_000;
/// Characters of a coupon's code.
pub const CODE_LENGTH_MAX: usize = 64;
/// Characters of an access code.
pub const ACCESS_CODE_LENGTH_MAX: usize = 128;
/// Characters of the name of a sale or a product.
pub const NAME_LENGTH_MAX: usize = 200;
/// Characters of the name of a time zone.
pub const TIME_ZONE_LENGTH_MAX: usize = 64;
/// Characters of a description.
pub const DESCRIPTION_LENGTH_MAX: usize = 10_000;
/// Characters of a stock-keeping unit.
pub const SKU_LENGTH_MAX: usize = 64;
/// Seconds to pay.
pub const HOLD_SECONDS_MAX: i64 = 86_400;
/// Seconds past the deadline in which what was begun before may end.
pub const GRACE_SECONDS_MAX: i64 = 3_600;
/// Seconds from the end of the lobby to the opening: it is recorded, and the order follows from the record.
pub const LOBBY_CLOSED_SECONDS_MIN: u64 = 5;
/// Units for one shopper, and in one attempt.
pub const PER_SHOPPER_MAX: i32 = 1_000;
/// Places on standby for one item.
pub const STANDBY_MAX: i32 = 1_000_000;
/// Tries to pay for one reservation.
pub const PAYMENT_TRIES_MAX: i32 = 20;
/// Reservations that may run out before others are served first.
pub const UNPAID_MAX: i64 = 10_000;
/// Seconds for which others are served first.
pub const REST_SECONDS_MAX: i64 = 86_400;
const DAY_MS: u64 = 86_400_000;
/// Days from the opening to the end.
pub const DURATION_DAYS_MAX: u64 = 31;
/// Days from now to the end.
pub const AHEAD_DAYS_MAX: u64 = 2 * 366;
/// Problems named in one answer.
const PROBLEMS_MAX: usize = 10;

/// A sale, as an organiser describes it: numbers as they were typed.
#[expect(missing_docs, reason = "the fields of [`crate::rules::SaleRules`], before they are checked")]
#[derive(Clone, Debug)]
pub struct Definition {
    pub name: String,
    pub description: String,
    pub currency: String,
    pub opens_at: UnixMs,
    pub closes_at: UnixMs,
    /// Of a sale that starts by draw.
    pub lobby: Option<LobbyDefinition>,
    pub checkout: CheckoutModel,
    /// Of a sale that is handed over, and of no other.
    pub checkout_url: Option<String>,
    pub hold_seconds: i64,
    /// From standby: as long as for others, if `None`.
    pub standby_hold_seconds: Option<i64>,
    pub grace_seconds: i64,
    pub per_shopper_max: i32,
    pub quantity_max: i32,
    pub standby_max: i32,
    pub payment_tries: i32,
    pub gateway: GatewayKind,
    /// Of a draft some things may still be missing, and its times may have passed.
    pub scheduled: bool,
    /// The IANA name of the zone in which its organisers think of it.
    pub time_zone: Option<String>,
    pub items: Vec<ItemDefinition>,
    pub coupons: Vec<CouponDefinition>,
    /// `None` leaves those that there are.
    pub access_codes: Option<Vec<AccessCodeDefinition>>,
    /// Not of a sale that is handed over.
    pub buyer_fields: buyer::Fields,
    pub participation: Participation,
    pub hoarding: Option<HoardingDefinition>,
    pub check: Check,
    /// The series that it belongs to, if it does.
    pub series: Option<SeriesId>,
}

/// The lobby of a sale that starts by draw.
#[derive(Clone, Copy, Debug)]
pub struct LobbyDefinition {
    /// First moment at which shoppers may enter.
    pub opens_at: UnixMs,
    /// First moment at which they no longer may.
    pub closes_at: UnixMs,
    /// Whether a randomness beacon takes part in the draw.
    pub beacon: bool,
}

/// An item of a sale.
#[derive(Clone, Debug)]
pub struct ItemDefinition {
    /// Of a product.
    pub sku: String,
    /// In minor units; the product's, if `None`.
    pub list_minor: Option<i64>,
    /// Units to sell.
    pub allocation: i32,
    /// From the list price.
    pub discount: Discount,
}

/// A coupon of a sale.
#[derive(Clone, Debug)]
pub struct CouponDefinition {
    /// What the shopper types.
    pub code: String,
    /// On top of the sale price.
    pub cut: Cut,
    /// Reservations that may use it.
    pub uses_max: Option<i32>,
}

/// An access code of a sale.
#[derive(Clone, Debug)]
pub struct AccessCodeDefinition {
    /// What the shopper types.
    pub code: String,
    /// Reservations that may use it.
    pub uses_max: Option<i32>,
}

/// How a sale keeps units from being hoarded.
#[expect(missing_docs, reason = "the fields of [`Hoarding`], before they are checked")]
#[derive(Clone, Copy, Debug)]
pub struct HoardingDefinition {
    pub unpaid_max: i32,
    pub address_unpaid_max: i32,
    pub rest_seconds: i64,
    pub address_percent: i32,
}

impl HoardingDefinition {
    /// The limits, once they are within theirs.
    pub fn limits(self) -> Hoarding {
        let number = |value: i32| u32::try_from(value).unwrap_or(0);
        Hoarding {
            unpaid_max: number(self.unpaid_max),
            address_unpaid_max: number(self.address_unpaid_max),
            rest_ms: u64::try_from(self.rest_seconds).unwrap_or(0) * 1_000,
            address_percent: number(self.address_percent),
        }
    }
}

impl Definition {
    /// Everything that is wrong with it, by the names of its fields. Whether every price can be charged is looked at once
    /// the rest is right, of items whose list price it says.
    pub fn problems(&self, now: UnixMs) -> Vec<String> {
        let mut problems = Vec::new();
        problems.extend(line_problem("name", &self.name, 1, NAME_LENGTH_MAX));
        problems.extend(text_problem("description", &self.description, 0, DESCRIPTION_LENGTH_MAX));
        if let Err(error) = self.currency.parse::<Currency>() {
            problems.push(format!("currency: {error}"));
        }
        problems.extend(self.time_zone_problem());
        self.window_problems(now, &mut problems);
        self.lobby_problems(now, &mut problems);
        problems.extend(self.checkout_problem().map(|problem| format!("checkout_url: {problem}")));
        within("hold_seconds", self.hold_seconds, 1, HOLD_SECONDS_MAX, &mut problems);
        if let Some(seconds) = self.standby_hold_seconds {
            within("standby_hold_seconds", seconds, self.hold_seconds.max(1), HOLD_SECONDS_MAX, &mut problems);
        }
        within("grace_seconds", self.grace_seconds, 0, GRACE_SECONDS_MAX, &mut problems);
        within("per_shopper_max", self.per_shopper_max.into(), 1, PER_SHOPPER_MAX.into(), &mut problems);
        within("quantity_max", self.quantity_max.into(), 1, PER_SHOPPER_MAX.into(), &mut problems);
        within("standby_max", self.standby_max.into(), 0, STANDBY_MAX.into(), &mut problems);
        within("payment_tries", self.payment_tries.into(), 1, PAYMENT_TRIES_MAX.into(), &mut problems);
        if self.quantity_max > self.per_shopper_max {
            problems.push("quantity_max: at most per_shopper_max".to_owned());
        }
        self.item_problems(&mut problems);
        self.coupon_problems(&mut problems);
        self.access_code_problems(&mut problems);
        self.buyer_problems(&mut problems);
        self.hoarding_problems(&mut problems);
        if problems.is_empty() {
            problems = chargeable::problems(self);
        }
        problems.truncate(PROBLEMS_MAX);
        problems
    }

    fn checkout_problem(&self) -> Option<String> {
        match (self.checkout, &self.checkout_url) {
            (CheckoutModel::HandedOver, Some(url)) => url.parse::<CheckoutUrl>().err().map(|error| error.to_string()),
            (CheckoutModel::HandedOver, None) => {
                self.scheduled.then(|| "where the shop's checkout is, for a sale that is handed_over".into())
            }
            (CheckoutModel::Reservation | CheckoutModel::DirectOrder, Some(_)) => {
                Some("only for a sale whose checkout is handed_over".into())
            }
            (CheckoutModel::Reservation | CheckoutModel::DirectOrder, None) => None,
        }
    }

    /// Which zones there are changes by the year: browsers know them, and show UTC for one that they do not.
    fn time_zone_problem(&self) -> Option<String> {
        let is_name = |zone: &str| {
            let is_part = |part: &str| {
                !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+-".contains(&byte))
            };
            zone.len() <= TIME_ZONE_LENGTH_MAX && zone.split('/').all(is_part)
        };
        let is_wrong = self.time_zone.as_deref().is_some_and(|zone| !is_name(zone));
        is_wrong.then(|| "time_zone: the IANA name of a time zone, such as Europe/Berlin".to_owned())
    }

    fn window_problems(&self, now: UnixMs, problems: &mut Vec<String>) {
        let (opens_at, closes_at) = (self.opens_at, self.closes_at);
        if opens_at.0 == 0 {
            problems.push("opens_at: after 1970".to_owned()); // what is earlier counts as that moment
        } else if opens_at >= closes_at {
            problems.push("closes_at: later than opens_at, by a millisecond at least".to_owned());
        } else if closes_at.ms_since(opens_at) > DURATION_DAYS_MAX * DAY_MS {
            problems.push(format!("closes_at: at most {DURATION_DAYS_MAX} days after opens_at"));
        }
        if closes_at <= now {
            problems.extend(self.scheduled.then(|| "closes_at: in the future".to_owned()));
        } else if closes_at.ms_since(now) > AHEAD_DAYS_MAX * DAY_MS {
            problems.push(format!("closes_at: at most {AHEAD_DAYS_MAX} days from now"));
        }
    }

    fn lobby_problems(&self, now: UnixMs, problems: &mut Vec<String>) {
        let Some(lobby) = self.lobby else { return };
        if lobby.opens_at.0 == 0 {
            problems.push("lobby.opens_at: after 1970".to_owned());
        }
        if lobby.opens_at >= lobby.closes_at {
            problems.push("lobby.closes_at: later than lobby.opens_at, by a millisecond at least".to_owned());
        } else if lobby.closes_at.plus_ms(LOBBY_CLOSED_SECONDS_MIN * 1_000) > self.opens_at {
            let problem = "before the sale opens, since the entries are drawn in between";
            problems.push(format!("lobby.closes_at: at least {LOBBY_CLOSED_SECONDS_MIN} seconds {problem}"));
        }
        if self.scheduled && lobby.closes_at <= now {
            problems.push("lobby.closes_at: in the future".to_owned());
        }
    }

    fn item_problems(&self, problems: &mut Vec<String>) {
        let fewest = usize::from(self.scheduled);
        if !(fewest..=ITEMS_MAX).contains(&self.items.len()) {
            problems.push(format!("items: 1 to {ITEMS_MAX}"));
            return;
        }
        let mut skus = HashSet::new();
        for (index, item) in self.items.iter().enumerate() {
            let field = format!("items[{index}]");
            if !skus.insert(item.sku.as_str()) {
                problems.push(format!("{field}.sku: twice in this sale"));
            }
            problems.extend(line_problem(&format!("{field}.sku"), &item.sku, 1, SKU_LENGTH_MAX));
            if item.allocation < 0 {
                problems.push(format!("{field}.allocation: not negative"));
            }
            if item.list_minor.is_some_and(|minor| !(0..=AMOUNT_MINOR_MAX).contains(&minor)) {
                problems.push(format!("{field}.list_minor: from 0 to {AMOUNT_MINOR_MAX}"));
            }
            discount_problems(&format!("{field}.discount"), &item.discount, problems);
        }
        let total: u64 = self.items.iter().map(|item| u64::try_from(item.allocation).unwrap_or(0)).sum();
        if total > UNITS_MAX.into() {
            problems.push(format!("items: at most {UNITS_MAX} units in all"));
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
        let mut known = HashSet::new();
        for (index, AccessCodeDefinition { code, uses_max }) in codes.iter().enumerate() {
            if !known.insert(code.trim().to_lowercase()) {
                problems.push(format!("access_codes[{index}]: twice in this sale"));
            }
            problems.extend(text_problem(&format!("access_codes[{index}]"), code.trim(), 1, ACCESS_CODE_LENGTH_MAX));
            if uses_max.is_some_and(|uses| uses < 1) {
                problems.push(format!("access_codes[{index}].uses_max: at least 1"));
            }
        }
    }

    fn hoarding_problems(&self, problems: &mut Vec<String>) {
        let Some(limits) = self.hoarding else { return };
        within("hoarding.unpaid_max", limits.unpaid_max.into(), 1, UNPAID_MAX, problems);
        within("hoarding.address_unpaid_max", limits.address_unpaid_max.into(), 1, UNPAID_MAX, problems);
        within("hoarding.rest_seconds", limits.rest_seconds, 1, REST_SECONDS_MAX, problems);
        within("hoarding.address_percent", limits.address_percent.into(), 1, 100, problems);
    }

    fn buyer_problems(&self, problems: &mut Vec<String>) {
        if self.checkout == CheckoutModel::HandedOver && self.buyer_fields.ask() {
            problems
                .push("buyer_fields: a sale that is handed_over asks for nothing; the shop's checkout does".to_owned());
        }
        let questions = &self.buyer_fields.questions;
        if questions.len() > QUESTIONS_MAX {
            problems.push(format!("buyer_fields.questions: at most {QUESTIONS_MAX}"));
        }
        for (index, question) in questions.iter().enumerate().take(QUESTIONS_MAX) {
            let field = format!("buyer_fields.questions[{index}].text");
            problems.extend(line_problem(&field, &question.text, 1, QUESTION_LENGTH_MAX));
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
