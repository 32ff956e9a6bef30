//! What travels to the dispenser through an event's queue. Every inventory change is one of these,
//! or follows from the rules; so all of them are serialised in one place.

use serde::{Deserialize, Serialize};

use crate::ids::{AttemptId, CouponNo, DoorId, ItemNo, PaymentId, ShopperId};
use crate::provenance::Provenance;
use crate::time::UnixMs;

/// A shopper's wish to buy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Which attempt; the same for a repeated click with the same key.
    pub id: AttemptId,
    /// Whose.
    pub shopper: ShopperId,
    /// Of which item.
    pub item: ItemNo,
    /// How many units.
    pub quantity: u32,
    /// With which coupon.
    pub coupon: Option<CouponNo>,
}

/// Why a reservation or a place on standby is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelCause {
    /// The shopper asked for it.
    Shopper,
    /// Every permitted try to pay for it failed.
    PaymentFailed,
    /// It was converted for this payment, but the capture then failed for good: the sale is undone.
    CaptureFailed(PaymentId),
    /// The money of this payment went back, and the organiser puts the units back into the sale.
    Refunded(PaymentId),
    /// The shop's own checkout released it.
    Shop,
    /// The shopper entered the lobby anew.
    Replaced,
}

impl CancelCause {
    /// Its word in API, database and page.
    pub fn word(self) -> &'static str {
        match self {
            CancelCause::Shopper => "shopper",
            CancelCause::PaymentFailed => "payment_failed",
            CancelCause::CaptureFailed(_) => "capture_failed",
            CancelCause::Refunded(_) => "refunded",
            CancelCause::Shop => "shop",
            CancelCause::Replaced => "replaced",
        }
    }
}

/// What a reservation is held on for, past its deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldOnFor {
    /// A payment that was begun before the deadline: its bank has yet to answer.
    Payment(PaymentId),
    /// The shop's own checkout.
    Shop,
}

/// One command in the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Grant stock, put on standby, or say no.
    Attempt(Attempt),
    /// A payment was authorised: convert the reservation, if its time has not passed.
    Confirm {
        /// The reservation.
        attempt: AttemptId,
        /// The authorised payment. Only this one may be captured.
        payment: PaymentId,
    },
    /// Give a reservation or a place on standby back.
    Cancel {
        /// The reservation or the waiting attempt.
        attempt: AttemptId,
        /// Why.
        cause: CancelCause,
    },
    /// The money was taken: the sale of the units is final.
    Captured {
        /// The converted reservation.
        attempt: AttemptId,
        /// Its payment.
        payment: PaymentId,
    },
    /// Keeps the line's time moving when nobody buys, and tells a consumer that it is the active one.
    Tick,
    /// Hold a reservation on past its deadline, by no more than the sale's grace.
    HoldOn {
        /// The reservation.
        attempt: AttemptId,
        /// What for.
        what_for: HeldOnFor,
        /// Until when, if not until the grace ends.
        until: Option<UnixMs>,
    },
    /// The payment that a reservation was held on for came to nothing: the deadline counts again.
    LetGo {
        /// The reservation.
        attempt: AttemptId,
        /// The payment.
        payment: PaymentId,
    },
    /// An attempt of which it is known where it comes from.
    AttemptFrom(Attempt, Provenance),
}

impl Command {
    /// An attempt to be put in the line. Only where something is known of where it comes from, that is said.
    pub fn of_attempt(attempt: Attempt, provenance: Provenance) -> Self {
        if provenance.is_unknown() { Self::Attempt(attempt) } else { Self::AttemptFrom(attempt, provenance) }
    }

    /// The attempt, if it is one, and where it comes from.
    pub fn attempt(&self) -> Option<(&Attempt, Provenance)> {
        match self {
            Self::Attempt(attempt) => Some((attempt, Provenance::default())),
            Self::AttemptFrom(attempt, provenance) => Some((attempt, *provenance)),
            _ => None,
        }
    }
}

/// One message of an event's queue: what a door (ingress) gathered, in the order it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineBatch {
    /// The process that sent it.
    pub door: DoorId,
    /// Attempts this door has put in this event's line since it started, this batch included.
    pub door_attempts: u64,
    /// When the first of its commands was admitted, by the door's clock; never earlier than in the message before.
    pub admitted_at: UnixMs,
    /// The commands, in order.
    pub commands: Vec<Command>,
}
