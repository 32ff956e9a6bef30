//! A report, as it is shown.

use record::history;
use sale::time::UnixMs;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::moment::Moment;

/// How a sale went that is over. What is absent is not on record.
#[derive(Serialize, ToSchema)]
pub(crate) struct Report {
    pub(super) event_id: Uuid,
    pub(super) name: String,
    /// `ended` or `stopped`.
    pub(super) status: &'static str,
    /// Why it was stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stop_reason: Option<String>,
    /// The IANA name of the zone in which its organisers think of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) time_zone: Option<String>,
    /// When it was to open.
    pub(super) opens_at: Moment,
    /// When it opened; absent where it was stopped before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) opened_at: Option<Moment>,
    /// When it ended, or was stopped.
    pub(super) ended_at: Moment,
    /// When the report was made.
    pub(super) made_at: Moment,
    /// Nothing is owed by the sale any more: no reservation is open, no payment or refund under way. Until then figures may change.
    pub(super) is_settled: bool,
    /// ISO 4217.
    pub(super) currency: String,
    pub(super) demand: Demand,
    pub(super) sold_out: SoldOut,
    pub(super) waits: Waits,
    pub(super) funnel: Funnel,
    pub(super) given_up: GivenUp,
    pub(super) standby: Standby,
    pub(super) money: Money,
    /// By item.
    pub(super) items: Vec<ItemReport>,
    /// What was paid for, by item and tier.
    pub(super) tiers: Vec<TierReport>,
    /// What was paid for, by coupon.
    pub(super) coupons: Vec<CouponReport>,
}

/// What was asked for, and what there was.
#[derive(Serialize, ToSchema)]
pub(crate) struct Demand {
    /// Attempts that were answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) attempts: Option<u64>,
    /// Units that the sale might sell in the end.
    pub(super) allocated_units: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) granted_units: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sold_units: Option<u64>,
    /// Held unpaid still.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) held_units: Option<u64>,
    /// Neither held nor sold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) left_units: Option<u64>,
    /// Attempts by what they were answered first: `reserved`, `standby`, `sold_out`, `refused`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) answers: Option<Answers>,
}

/// Attempts by their first answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct Answers {
    pub(super) reserved: u64,
    pub(super) standby: u64,
    pub(super) sold_out: u64,
    pub(super) refused: u64,
}

/// Whether and how soon nothing was left for the first time: held or sold.
#[derive(Serialize, ToSchema)]
pub(crate) struct SoldOut {
    /// `sold_out`, `never`, or `unknown`: the sale ran before that was kept.
    pub(super) known: &'static str,
    /// When it was decided that left it so. With `within_ms`, the end of the interval in which it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<Moment>,
    /// From the opening to then, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) after_ms: Option<i64>,
    /// How much earlier it may have been, in milliseconds: of a sale that ran before the moment itself was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) within_ms: Option<i64>,
}

impl SoldOut {
    /// As the record has it.
    pub(super) fn of(kept: history::SoldOut, opens_at: UnixMs) -> Self {
        let none = |known| Self { known, at: None, after_ms: None, within_ms: None };
        match kept {
            history::SoldOut::Never => none("never"),
            history::SoldOut::Unknown => none("unknown"),
            // Clocks differ a little: nothing is gone before the opening.
            history::SoldOut::At { at, within_ms } => Self {
                at: Some(at.into()),
                after_ms: Some((at - clock::to_utc(opens_at)).num_milliseconds().max(0)),
                within_ms,
                ..none("sold_out")
            },
        }
    }
}

/// How long people waited, in milliseconds.
#[derive(Serialize, ToSchema)]
pub(crate) struct Waits {
    /// From the click to the answer: measured while a sale runs, and not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) answer_p50_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) answer_p95_ms: Option<i64>,
    /// From a place on standby to the grant, of those who were granted; absent where nobody was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) standby_p50_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) standby_p95_ms: Option<i64>,
}

/// How far attempts came.
#[derive(Serialize, ToSchema)]
pub(crate) struct Funnel {
    /// Answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) answered: Option<u64>,
    /// Reserved, at once or from standby.
    pub(super) reserved: i64,
    /// A payment was begun.
    pub(super) paying: i64,
    /// Paid, also where the money went back later.
    pub(super) paid: i64,
}

/// Reservations of one fate.
#[derive(Default, Serialize, ToSchema)]
pub(crate) struct Ended {
    pub(super) reservations: i64,
    pub(super) units: i64,
}

/// Where people gave up, or were let go: reservations that were not paid.
#[derive(Default, Serialize, ToSchema)]
pub(crate) struct GivenUp {
    /// The time to pay ran out, and no payment was begun: no-shows.
    pub(super) no_shows: Ended,
    /// It ran out after a payment was begun.
    pub(super) ran_out_paying: Ended,
    /// The shopper gave it back.
    pub(super) given_back: Ended,
    /// All tries to pay for it failed, or its money could not be taken.
    pub(super) payment_failed: Ended,
    /// The shop's own checkout released it.
    pub(super) released_by_shop: Ended,
    /// Paid, and put back into the sale with a refund.
    pub(super) put_back: Ended,
}

/// What became of those on standby.
#[derive(Serialize, ToSchema)]
pub(crate) struct Standby {
    /// Places that were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) places: Option<u64>,
    /// Granted from there.
    pub(super) served: i64,
    /// Left by themselves before.
    pub(super) left: i64,
    /// Nothing could come back any more, or the sale was stopped.
    pub(super) unserved: i64,
    /// Wait still.
    pub(super) waiting: i64,
}

/// Money, in minor units, as the record has it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Money {
    /// Orders that were paid.
    pub(super) orders: i64,
    pub(super) captured_minor: i64,
    pub(super) refunded_minor: i64,
    /// Captured less refunded.
    pub(super) revenue_minor: i64,
}

/// One item: its units as the line left them, its money as the record has it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ItemReport {
    pub(super) sku: String,
    /// What its product is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    pub(super) allocated: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sold: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) held: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) left: Option<u32>,
    /// Whether and how soon nothing of it was left for the first time.
    pub(super) sold_out: SoldOut,
    /// What was captured for it, in minor units. All items together come to what the sale does; so of the next two.
    pub(super) captured_minor: i64,
    /// What went back of it.
    pub(super) refunded_minor: i64,
    /// Captured less refunded.
    pub(super) revenue_minor: i64,
    /// What its sold units were sold for, in minor units, as the line has it: also while money is still to be captured, and after a
    /// refund that leaves them sold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sold_minor: Option<i64>,
}

/// What was paid for at one tier of an item.
#[derive(Serialize, ToSchema)]
pub(crate) struct TierReport {
    pub(super) sku: String,
    /// What its product is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// From 1; absent for units outside of all tiers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tier: Option<i32>,
    pub(super) units: i64,
    /// What they were paid, in minor units, before anything went back.
    pub(super) sold_minor: i64,
}

/// What was paid for with one coupon.
#[derive(Serialize, ToSchema)]
pub(crate) struct CouponReport {
    /// Absent for orders without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<String>,
    pub(super) orders: i64,
    pub(super) units: i64,
    /// What was paid, in minor units.
    pub(super) total_minor: i64,
    /// What went back of it.
    pub(super) refunded_minor: i64,
}
