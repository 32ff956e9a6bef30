//! A reservation's row in PostgreSQL, and the record that it stands for.

use sale::answer::{Answer, Grant, StandbyEnd};
use sale::command::CancelCause;
use sale::ids::{AttemptId, PaymentId, ShopperId};
use sale::record::{Record, State};
use sqlx::types::{Json, JsonValue};
use uuid::Uuid;

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
    Some(match word {
        "standby" => State::Waiting,
        "active" => State::Held(grant?),
        "converted" if settled => State::Settled(grant?, payment?),
        "converted" => State::Sold(grant?, payment?),
        "expired" => State::Expired,
        "cancelled" => State::Cancelled(serde_json::from_value::<CancelCause>(ended_why?).ok()?),
        "standby_ended" => State::StandbyEnded(serde_json::from_value::<StandbyEnd>(ended_why?).ok()?),
        _ => return None,
    })
}
