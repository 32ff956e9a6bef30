//! What travels from the dispenser and the order-worker to everyone who listens.

use serde::{Deserialize, Serialize};

use crate::answer::Outcome;
use crate::ids::{AttemptId, DoorId, EventId, PaymentId, ShopperId};
use crate::position::Position;
use crate::record::{Head, ItemCounts, Record};
use crate::time::{LineMs, UnixMs};

/// One committed round: the journal entry of the event. Announced until it is recorded, so it may
/// come more than once: for the same `(incarnation, seq)` with the same content, but for the epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundReport {
    /// Which event.
    pub event: EventId,
    /// The epoch of the writer that publishes it (not of the one that decided it, which may have died).
    pub epoch: u64,
    /// When it was decided, by the dispenser's clock.
    pub decided_at: UnixMs,
    /// Everything decided in it, in order.
    pub outcomes: Vec<Outcome>,
    /// The event as a whole after it. `head.seq` is the round's number.
    pub head: Head,
}

/// Attempts that came again, and where they stand: the answer is unchanged, but more may have happened since. Nothing
/// to record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeats {
    /// Which event.
    pub event: EventId,
    /// The writer's epoch.
    pub epoch: u64,
    /// As they are now.
    pub records: Vec<Record>,
}

/// A new writer announces itself on the path of the rounds. Once it is recorded, every round published
/// by an earlier writer is recorded too, or never will be: rounds of earlier epochs are refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Barrier {
    /// Which event.
    pub event: EventId,
    /// The new writer's epoch.
    pub epoch: u64,
}

/// What the order-worker records.
#[expect(clippy::large_enum_variant, reason = "nearly every entry is a round; none is kept")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entry {
    /// A committed round.
    Round(RoundReport),
    /// A new writer.
    Barrier(Barrier),
}

/// A few times a second while the line moves, once a second while it does not: how far it has come.
/// Never recorded; the next one replaces it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Which event.
    pub event: EventId,
    /// The inventory's incarnation.
    pub incarnation: u64,
    /// The writer's epoch.
    pub epoch: u64,
    /// Rounds committed.
    pub seq: u64,
    /// When it was sent, by the dispenser's clock.
    pub at: UnixMs,
    /// The line's time.
    pub line: LineMs,
    /// Attempts answered since the sale began.
    pub served: u64,
    /// Counts by item.
    pub items: Vec<ItemCounts>,
    /// For each door: how many of its attempts have been served since it started.
    pub doors: Vec<(DoorId, u64)>,
    /// How long attempts have waited of late, if any came.
    pub answer_times: Option<AnswerTimes>,
}

impl Progress {
    /// How far the line has come.
    pub fn position(&self) -> Position {
        Position { epoch: self.epoch, incarnation: self.incarnation, seq: self.seq }
    }
}

/// Percentiles of the time from the door to the committed decision, in milliseconds, over the last minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerTimes {
    /// Half of the attempts waited no longer.
    pub p50: u64,
    /// 95 of 100.
    pub p95: u64,
    /// 99 of 100.
    pub p99: u64,
}

/// What became of a payment or an order, for the shopper it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderNews {
    /// Which event.
    pub event: EventId,
    /// Whose.
    pub shopper: ShopperId,
    /// Which reservation.
    pub attempt: AttemptId,
    /// Which payment.
    pub payment: PaymentId,
    /// What.
    pub what: OrderChange,
}

/// What became of a payment or an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderChange {
    /// Captured: the order is paid.
    Paid {
        /// The number the shopper is told.
        order_number: String,
        /// What was captured, in minor units.
        total_minor: i64,
    },
    /// The gateway said no.
    Declined {
        /// Tries that remain before the reservation is given back.
        tries_left: u32,
    },
    /// The reservation was gone when the payment came; nothing was charged.
    Voided,
    /// The money went back.
    Refunded {
        /// How much, in minor units.
        amount_minor: i64,
    },
    /// The bank asks the shopper first.
    ActionNeeded,
    /// The money had gone back, and came back: it did not arrive.
    RefundFailed {
        /// How much, in minor units.
        amount_minor: i64,
    },
}
