//! Everything an admin configured about one sale event, as the dispenser and the ingress need it.
//!
//! Rules are *desired state*: they are read, never written, by the line. Pausing, resuming, stopping and
//! restocking change the rules; the dispenser's next round follows them. So none of them needs a command
//! of its own that could be lost or applied twice.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::hoarding::Hoarding;
use crate::ids::{CodeNo, CouponNo, EventId, ItemNo};
use crate::lobby::Lobby;
use crate::money::Currency;
use crate::pricing::{Cut, Discount};
use crate::provenance::Party;
use crate::series::Series;
use crate::time::{Pauses, UnixMs};
use crate::words::words;

/// How a granted unit becomes an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckoutModel {
    /// Hold with a deadline; the order exists only once it is paid.
    Reservation,
    /// The order exists, pending, from the grant on; unpaid in time it is cancelled and released.
    DirectOrder,
    /// As with [`Self::Reservation`], but the shop's own checkout takes the money.
    HandedOver,
}

words!(CheckoutModel: "checkout" {
    Reservation = "reservation",
    DirectOrder = "direct_order",
    HandedOver = "handed_over",
});

/// What a sale event is doing. Derived from its window and its overrides; no timer flips it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Created but not released for sale: only admins see it.
    Draft,
    /// Scheduled, its window has not opened.
    Upcoming,
    /// Selling.
    Active,
    /// Held by the organiser, and its end with it; everybody keeps their place.
    Paused,
    /// Its window has closed.
    Ended,
    /// Ended by the organiser.
    Stopped,
}

words!(Status: "status" {
    Draft = "draft",
    Upcoming = "upcoming",
    Active = "active",
    Paused = "paused",
    Ended = "ended",
    Stopped = "stopped",
});

/// One item (SKU) of a sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The product's stock-keeping unit, unique within the event.
    pub sku: String,
    /// What one unit costs without any discount, in minor units.
    pub list_minor: i64,
    /// How the sale price follows from the list price.
    pub discount: Discount,
    /// Units this event may sell. Restocking raises it.
    pub allocation: u32,
}

/// A coupon of a sale: a cut on top of the sale price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coupon {
    /// What the shopper types; compared without regard to case.
    pub code: String,
    /// What it takes off each unit.
    pub cut: Cut,
    /// How many reservations may use it at most; `None` is without limit.
    pub uses_max: Option<u32>,
}

/// Everything configured about one sale event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaleRules {
    /// The event these rules are for.
    pub event: EventId,
    /// Raised by every change, so that a process sees which of two copies is newer.
    pub version: i64,
    /// What all prices of this event are in.
    pub currency: Currency,
    /// False while the event is a draft.
    pub scheduled: bool,
    /// First moment at which attempts are accepted.
    pub opens_at: UnixMs,
    /// First moment at which they no longer are.
    pub closes_at: UnixMs,
    /// For a sale that starts by draw: when shoppers may enter it, and what orders them.
    pub lobby: Option<Lobby>,
    /// Set once, when the organiser stops the sale for good.
    pub stopped_at: Option<UnixMs>,
    /// Every pause so far.
    pub pauses: Pauses,
    /// How a grant becomes an order.
    pub checkout: CheckoutModel,
    /// How long a shopper may take to pay, in milliseconds.
    pub hold_ms: u64,
    /// The same for who is granted something from standby, and may be away: as long as others, if `None`.
    pub standby_hold_ms: Option<u64>,
    /// How long past its deadline a reservation may be held on for what was begun before, in milliseconds.
    pub grace_ms: u64,
    /// Units one shopper may hold, have bought or be waiting for in this event.
    pub per_shopper_max: u32,
    /// The series that the sale belongs to, if it does. Never changes once it is scheduled.
    pub series: Option<Series>,
    /// Units in one attempt.
    pub quantity_max: u32,
    /// Shoppers on standby for each item.
    pub standby_max: u32,
    /// The items, by [`ItemNo`].
    pub items: Vec<Item>,
    /// The coupons, by [`CouponNo`].
    pub coupons: Vec<Coupon>,
    /// How often each access code may be used, of those with a limit.
    pub code_uses_max: BTreeMap<CodeNo, u32>,
    /// How units are kept from being hoarded, where they are.
    pub hoarding: Option<Hoarding>,
    /// Whom the organiser put aside.
    pub put_aside: BTreeSet<Party>,
}

impl SaleRules {
    /// The status at a moment.
    pub fn status(&self, now: UnixMs) -> Status {
        if self.stopped_at.is_some() {
            Status::Stopped
        } else if !self.scheduled {
            Status::Draft
        } else if self.pauses.is_paused() {
            Status::Paused
        } else if now >= self.closes_at {
            Status::Ended
        } else if now < self.opens_at {
            Status::Upcoming
        } else {
            Status::Active
        }
    }

    /// Whether the line stands still: paused, and not stopped meanwhile. Nothing of it is read until the organiser
    /// resumes or stops the sale.
    pub fn stands_still(&self) -> bool {
        self.stopped_at.is_none() && self.pauses.is_paused()
    }

    /// When the sale ends, as it stands at `now`. A pause holds the end: while it lasts, as much of the window remains
    /// as there was when it began; with the resumption [`Self::closes_at`] itself moves.
    pub fn ends_at(&self, now: UnixMs) -> UnixMs {
        match self.pauses.since().filter(|since| *since < self.closes_at) {
            Some(since) => self.closes_at.plus_ms(now.ms_since(since.max(self.opens_at))),
            None => self.closes_at,
        }
    }

    /// Units in one attempt, as far as one shopper may have them: what asks for more is refused, whoever asks.
    pub fn quantity_most(&self) -> u32 {
        let in_series = self.series.as_ref().map_or(u32::MAX, |series| series.per_shopper_max);
        self.quantity_max.min(self.per_shopper_max).min(in_series)
    }

    /// The item at a position.
    pub fn item(&self, number: ItemNo) -> Option<&Item> {
        self.items.get(number.index())
    }

    /// The position of a SKU.
    pub fn item_no(&self, sku: &str) -> Option<ItemNo> {
        let index = self.items.iter().position(|item| item.sku == sku)?;
        u16::try_from(index).ok().map(ItemNo)
    }

    /// The coupon at a position.
    pub fn coupon(&self, number: CouponNo) -> Option<&Coupon> {
        self.coupons.get(number.index())
    }

    /// The position of a coupon by the code a shopper typed.
    pub fn coupon_no(&self, code: &str) -> Option<CouponNo> {
        let index = self.coupons.iter().position(|coupon| coupon.code.eq_ignore_ascii_case(code))?;
        u16::try_from(index).ok().map(CouponNo)
    }
}
