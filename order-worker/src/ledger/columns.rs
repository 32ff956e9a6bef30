//! New reservations by column, as PostgreSQL takes many of them at once.

use chrono::{DateTime, Utc};
use record::to_i64;
use sale::answer::{Answer, Grant};
use sale::time::UnixMs;
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::rows::Row;

/// All columns but the event's, each as long as the others.
#[derive(Default)]
pub(super) struct Columns<'r> {
    pub(super) id: Vec<Uuid>,
    pub(super) item_no: Vec<i32>,
    pub(super) shopper_id: Vec<Uuid>,
    pub(super) quantity: Vec<i32>,
    pub(super) state: Vec<&'static str>,
    pub(super) answer: Vec<Option<Json<&'r Answer>>>,
    pub(super) grant: Vec<Option<Json<&'r Grant>>>,
    pub(super) total_minor: Vec<Option<i64>>,
    pub(super) deadline: Vec<Option<DateTime<Utc>>>,
    pub(super) standby_number: Vec<Option<i64>>,
    pub(super) payment_id: Vec<Option<Uuid>>,
    pub(super) ended_why: Vec<Option<Json<&'r Value>>>,
    pub(super) answered_seq: Vec<i64>,
    pub(super) granted_seq: Vec<Option<i64>>,
    pub(super) changed_seq: Vec<i64>,
    pub(super) answered_at: Vec<DateTime<Utc>>,
    pub(super) granted_at: Vec<Option<DateTime<Utc>>>,
    pub(super) ended_at: Vec<Option<DateTime<Utc>>>,
    pub(super) settled_at: Vec<Option<DateTime<Utc>>>,
}

impl<'r> Columns<'r> {
    pub(super) fn of(rows: impl Iterator<Item = &'r Row>) -> Self {
        let time = |ms: u64| clock::to_utc(UnixMs(ms));
        let mut columns = Self::default();
        for row in rows {
            columns.id.push(row.id);
            columns.item_no.push(row.item_no);
            columns.shopper_id.push(row.shopper_id);
            columns.quantity.push(row.quantity);
            columns.state.push(row.state);
            columns.answer.push(row.answer.as_ref().map(Json));
            columns.grant.push(row.grant.as_ref().map(Json));
            columns.total_minor.push(row.total_minor);
            columns.deadline.push(row.deadline_ms.map(time));
            columns.standby_number.push(row.standby_number.map(to_i64));
            columns.payment_id.push(row.payment_id);
            columns.ended_why.push(row.ended_why.as_ref().map(Json));
            columns.answered_seq.push(to_i64(row.answered_seq));
            columns.granted_seq.push(row.granted_seq.map(to_i64));
            columns.changed_seq.push(to_i64(row.changed_seq));
            columns.answered_at.push(time(row.at_ms));
            columns.granted_at.push(row.granted_ms.map(time));
            columns.ended_at.push(row.ended_ms.map(time));
            columns.settled_at.push(row.settled_ms.map(time));
        }
        columns
    }
}
