//! A reservation's row in PostgreSQL, and the record that it stands for.

use sale::answer::{Answer, Grace, Grant, StandbyEnd};
use sale::command::CancelCause;
use sale::ids::{AttemptId, PaymentId, ShopperId};
use sale::record::{Record, State};
use serde::de::DeserializeOwned;
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
    pub grace: Option<Json<Grace>>,
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
        let answer = self.answer.0.clone();
        Ok(Record { id, shopper, answer, state: self.into_state().ok_or(Unreadable(id.0))? })
    }

    fn into_state(self) -> Option<State> {
        let (grant, payment) = (self.grant.map(|grant| grant.0), self.payment_id.map(PaymentId));
        // Whatever is missing or unknown makes the row unreadable; that is the error which the caller gets.
        Some(match ReservationState::of_word(&self.state).ok()? {
            ReservationState::Standby => State::Waiting,
            ReservationState::Active => match self.grace {
                Some(Json(grace)) => State::HeldOn(grant?, grace),
                None => State::Held(grant?),
            },
            ReservationState::Converted if self.settled => State::Settled(grant?, payment?),
            ReservationState::Converted => State::Sold(grant?, payment?),
            ReservationState::Expired => State::Expired,
            ReservationState::Cancelled => State::Cancelled(read::<CancelCause>(self.ended_why)?),
            ReservationState::StandbyEnded => State::StandbyEnded(read::<StandbyEnd>(self.ended_why)?),
        })
    }
}

fn read<T: DeserializeOwned>(why: Option<JsonValue>) -> Option<T> {
    serde_json::from_value(why?).ok()
}
