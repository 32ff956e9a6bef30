//! What a shopper is told: one answer per attempt, and what changes later.

use serde::{Deserialize, Serialize};

use crate::command::{CancelCause, HeldOnFor};
use crate::hoarding::HeldBack;
use crate::ids::{AttemptId, CouponNo, ItemNo, PaymentId, ShopperId};
use crate::pricing::Price;
use crate::provenance::Provenance;
use crate::time::{LineMs, UnixMs};
use crate::words::words;

/// Stock given to a shopper, to be paid by a deadline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Of which item.
    pub item: ItemNo,
    /// How many units.
    pub quantity: u32,
    /// What they cost.
    pub price: Price,
    /// Pay before this wall time. A pause of the sale moves it by as long as the pause lasts.
    pub deadline: UnixMs,
    /// The same deadline on the line's clock: the one that counts.
    pub deadline_line: LineMs,
}

/// Units that stay with a shopper past the deadline of the grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grace {
    /// What for.
    pub what_for: HeldOnFor,
    /// Until this wall time. A pause of the sale moves it by as long as the pause lasts.
    pub until: UnixMs,
    /// The same on the line's clock: what counts.
    pub until_line: LineMs,
}

/// Why an attempt that is in the line is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// It entered the line before the sale opened.
    NotStarted,
    /// It entered the line after the sale closed.
    SaleEnded,
    /// The organiser stopped the sale.
    SaleStopped,
    /// With it the shopper would exceed the units one shopper may have.
    LimitReached,
    /// The coupon has been used as often as it may be.
    CouponUsedUp,
    /// The same `Idempotency-Key` came before, with another body.
    KeyReused,
    /// Not a valid attempt for this event (unknown item or coupon, or quantity out of bounds).
    Invalid,
    /// It came into the line after the lobby was closed there.
    LobbyClosed,
    /// The access code has been used as often as it may be.
    CodeUsedUp,
    /// Others are served first, and there is no place left behind them.
    HeldBack,
    /// With it the shopper would exceed the units one shopper may have in all sales of the series.
    SeriesLimit {
        /// Units that they had, in all its sales.
        has: u32,
        /// Units that they might have.
        most: u32,
    },
}

impl Refusal {
    /// Its word in API, metrics and page.
    pub fn word(self) -> &'static str {
        match self {
            Refusal::NotStarted => "not_started",
            Refusal::SaleEnded => "sale_ended",
            Refusal::SaleStopped => "sale_stopped",
            Refusal::LimitReached => "limit_reached",
            Refusal::CouponUsedUp => "coupon_used_up",
            Refusal::KeyReused => "key_reused",
            Refusal::Invalid => "invalid",
            Refusal::LobbyClosed => "lobby_closed",
            Refusal::CodeUsedUp => "code_used_up",
            Refusal::HeldBack => "held_back",
            Refusal::SeriesLimit { .. } => "series_limit",
        }
    }
}

/// The answer to an attempt. Exactly one, and it never changes; but that an entry is in the lobby gives way to what was drawn for
/// it ([`Change::Drawn`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// Stock is reserved until the deadline.
    Reserved(Grant),
    /// Nothing left now; first come, first served when something comes back.
    Standby {
        /// Which item.
        item: ItemNo,
        /// How many units.
        quantity: u32,
        /// The number of the place: numbers are given in order and never again.
        number: u64,
        /// How many were waiting when it was given, this shopper included.
        place: u32,
        /// The coupon to use at the grant. Its use is kept with the place.
        coupon: Option<CouponNo>,
    },
    /// Nothing left, and nothing to wait for.
    SoldOut {
        /// Which item.
        item: ItemNo,
    },
    /// Not accepted.
    Refused(Refusal),
    /// In the lobby: decided at the opening, in the order of the draw.
    Entered {
        /// Which item.
        item: ItemNo,
        /// How many units.
        quantity: u32,
        /// With which coupon.
        coupon: Option<CouponNo>,
    },
    /// On standby behind everybody else: whoever comes later and is not held back is served before.
    Behind {
        /// Which item.
        item: ItemNo,
        /// How many units.
        quantity: u32,
        /// The number of the place, above those of all who are not held back.
        number: u64,
        /// The coupon to use at the grant. Its use is kept with the place.
        coupon: Option<CouponNo>,
        /// Why others are served first.
        why: HeldBack,
        /// Nothing is granted before, by the line's clock.
        rests_until: LineMs,
    },
}

impl Answer {
    /// Its word in API, metrics and traces.
    pub fn word(&self) -> &'static str {
        match self {
            Answer::Reserved(_) => "reserved",
            Answer::Standby { .. } | Answer::Behind { .. } => "standby",
            Answer::SoldOut { .. } => "sold_out",
            Answer::Refused(_) => "refused",
            Answer::Entered { .. } => "entered",
        }
    }
}

/// Why a place on standby ended without a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StandbyEnd {
    /// Everything is paid for, and the money is taken: nothing can come back.
    SoldOut,
    /// The organiser stopped the sale.
    SaleStopped,
}

words!(StandbyEnd: "end of a place on standby" { SoldOut = "sold_out", SaleStopped = "sale_stopped" });

/// Why a payment was not accepted for a reservation. Its authorisation is to be voided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfirmRefusal {
    /// The confirmation entered the line after the deadline.
    Expired,
    /// The reservation was given back before.
    Cancelled,
    /// Another payment was accepted before.
    AlreadyPaid,
    /// No such reservation.
    Unknown,
}

words!(ConfirmRefusal: "refusal of a payment" {
    Expired = "expired",
    Cancelled = "cancelled",
    AlreadyPaid = "already_paid",
    Unknown = "unknown_reservation",
});

/// What happened to an attempt after its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// Granted from standby.
    Granted(Grant),
    /// The deadline passed unpaid.
    Expired,
    /// Given back.
    Cancelled(CancelCause),
    /// A payment was accepted: the units are sold.
    Converted(PaymentId),
    /// A payment was not accepted.
    ConfirmRefused(PaymentId, ConfirmRefusal),
    /// The place on standby ended without a grant.
    StandbyEnded(StandbyEnd),
    /// The money of this payment was taken: the sale of the units is final.
    Settled(PaymentId),
    /// The units are held past the deadline.
    HeldOn(Grace),
    /// What they were held on for came to nothing: the deadline of the grant counts again.
    LetGo(Grant),
    /// Of an entry: what it is answered, now that it was drawn; and where it came from.
    Drawn(Answer, Provenance),
}

/// An answer or a later change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum News {
    /// The attempt's one answer.
    Answer(Answer),
    /// Something that changed since.
    Change(Change),
    /// The attempt's one answer, and where the attempt came from.
    AnswerTo(Answer, Provenance),
}

impl News {
    /// An answer as it is told. Only where something is known of where the attempt came from, that is recorded with it.
    pub fn of_answer(answer: Answer, provenance: Provenance) -> Self {
        if provenance.is_unknown() { Self::Answer(answer) } else { Self::AnswerTo(answer, provenance) }
    }

    /// The answer, if it is one, and where the attempt came from.
    pub fn answer(&self) -> Option<(&Answer, Provenance)> {
        match self {
            News::Answer(answer) => Some((answer, Provenance::default())),
            News::AnswerTo(answer, provenance) => Some((answer, *provenance)),
            News::Change(_) => None,
        }
    }
}

/// News for one shopper about one attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Which attempt.
    pub attempt: AttemptId,
    /// Whose.
    pub shopper: ShopperId,
    /// What.
    pub news: News,
}

impl Outcome {
    /// The answer, if that is the news.
    pub fn answer(&self) -> Option<&Answer> {
        self.news.answer().map(|(answer, _)| answer)
    }
}
