//! A reservation's row in PostgreSQL, and the record that it stands for.

use sale::answer::{Answer, Grant, StandbyEnd};
use sale::command::CancelCause;
use sale::ids::{AttemptId, PaymentId, ShopperId};
use sale::record::{Record, State};
use sqlx::types::{Json, JsonValue};
use uuid::Uuid;

/// Where an attempt stands that ever held stock or a place, as its row says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReservationState {
    /// It has a place on standby.
    Standby,
    /// Stock is held.
    Active,
    /// A payment was accepted. Whether its money was taken is a column of its own.
    Converted,
    /// The deadline passed unpaid.
    Expired,
    /// Given back.
    Cancelled,
    /// The place on standby ended without a grant.
    StandbyEnded,
}

sale::words!(ReservationState: "state of a reservation" {
    Standby = "standby",
    Active = "active",
    Converted = "converted",
    Expired = "expired",
    Cancelled = "cancelled",
    StandbyEnded = "standby_ended",
});

impl ReservationState {
    /// Whether it holds stock that is yet to be paid for, or waits for some.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Standby | Self::Active)
    }
}

/// What a record is made of, as it is selected.
#[expect(missing_docs, reason = "the columns of the table `reservations`")]
#[derive(Debug)]
pub struct Row {
    pub id: Uuid,
    pub event_id: Uuid,
    pub shopper_id: Uuid,
    pub state: String,
    pub answer: Json<Answer>,
    pub grant: Option<Json<Grant>>,
    pub payment_id: Option<Uuid>,
    /// The money was taken.
    pub settled: bool,
    pub ended_why: Option<JsonValue>,
}

/// A row that this version cannot read.
#[derive(Debug, thiserror::Error)]
#[error("the row of reservation {0} makes no record")]
pub struct Unreadable(Uuid);

impl Row {
    /// The record.
    ///
    /// # Errors
    /// When the row holds what this version does not know, or lacks what its state needs.
    pub fn into_record(self) -> Result<Record, Unreadable> {
        let (id, shopper) = (AttemptId(self.id), ShopperId(self.shopper_id));
        let state = state(&self.state, self.settled, self.grant, self.payment_id, self.ended_why);
        Ok(Record { id, shopper, answer: self.answer.0, state: state.ok_or(Unreadable(self.id))? })
    }
}

fn state(
    word: &str,
    settled: bool,
    grant: Option<Json<Grant>>,
    payment: Option<Uuid>,
    ended_why: Option<JsonValue>,
) -> Option<State> {
    let (grant, payment) = (grant.map(|grant| grant.0), payment.map(PaymentId));
    // Whatever is missing or unknown makes the row unreadable; that is the error which the caller gets.
    Some(match ReservationState::of_word(word).ok()? {
        ReservationState::Standby => State::Waiting,
        ReservationState::Active => State::Held(grant?),
        ReservationState::Converted if settled => State::Settled(grant?, payment?),
        ReservationState::Converted => State::Sold(grant?, payment?),
        ReservationState::Expired => State::Expired,
        ReservationState::Cancelled => State::Cancelled(serde_json::from_value::<CancelCause>(ended_why?).ok()?),
        ReservationState::StandbyEnded => State::StandbyEnded(serde_json::from_value::<StandbyEnd>(ended_why?).ok()?),
    })
}
