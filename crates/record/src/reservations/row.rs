//! A reservation's row in PostgreSQL, and the record that it stands for.

use sale::answer::{Answer, Grace, Grant, StandbyEnd};
use sale::command::CancelCause;
use sale::ids::{AttemptId, CodeNo, PaymentId, ShopperId};
use sale::provenance::{Origin, Provenance};
use sale::record::{Record, State};
use sale::time::LineMs;
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

    /// Whether its shopper has something by it: stock, paid or not, or a place.
    pub const fn is_had(self) -> bool {
        matches!(self, Self::Standby | Self::Active | Self::Converted)
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
    pub origin: Option<Vec<u8>>,
    pub code_no: Option<i64>,
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
        let (answer, unreadable) = (self.answer.0.clone(), || Unreadable(id.0));
        let provenance = self.provenance().ok_or_else(unreadable)?;
        Ok(Record { id, shopper, answer, state: self.into_state().ok_or_else(unreadable)?, provenance })
    }

    /// The deadline of units that were held for it and came to nothing, by the line's clock: they ran out, were given back
    /// unpaid, or could not be paid for.
    pub fn came_to_nothing(&self) -> Option<LineMs> {
        let deadline = self.grant.as_ref().map(|grant| grant.deadline_line)?;
        let cause = || read::<CancelCause>(self.ended_why.clone());
        let came_to_nothing = match ReservationState::of_word(&self.state).ok()? {
            ReservationState::Expired => true,
            ReservationState::Cancelled => match cause()? {
                CancelCause::Shopper
                | CancelCause::PaymentFailed
                | CancelCause::Shop
                | CancelCause::CaptureFailed(_) => true,
                CancelCause::Refunded(_) | CancelCause::Replaced => false,
            },
            _ => false,
        };
        came_to_nothing.then_some(deadline)
    }

    fn provenance(&self) -> Option<Provenance> {
        let origin = self.origin.clone().map(<[u8; 16]>::try_from).transpose().ok()?.map(Origin);
        let code = self.code_no.map(u32::try_from).transpose().ok()?.map(CodeNo);
        Some(Provenance { origin, code })
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
