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

impl Row {
    /// The record; `None` for a row that this version cannot read.
    pub fn into_record(self) -> Option<Record> {
        let (grant, payment) = (self.grant.map(|grant| grant.0), self.payment_id.map(PaymentId));
        let state = match self.state.as_str() {
            "standby" => State::Waiting,
            "active" => State::Held(grant?),
            "converted" if self.settled => State::Settled(grant?, payment?),
            "converted" => State::Sold(grant?, payment?),
            "expired" => State::Expired,
            "cancelled" => State::Cancelled(serde_json::from_value::<CancelCause>(self.ended_why?).ok()?),
            "standby_ended" => State::StandbyEnded(serde_json::from_value::<StandbyEnd>(self.ended_why?).ok()?),
            _ => return None,
        };
        Some(Record { id: AttemptId(self.id), shopper: ShopperId(self.shopper_id), answer: self.answer.0, state })
    }
}
