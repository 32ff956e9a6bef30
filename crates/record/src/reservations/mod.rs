//! Reservations: every attempt that ever held stock or a place on standby.
//!
//! There is one mapping between rows and records: [`Row`] reads what [`Changes`] writes.

mod changes;
mod row;
mod write;

pub use changes::Changes;
pub use row::{ReservationState, Row, Unreadable};
pub use write::write;

use std::collections::BTreeMap;

use sale::answer::{Answer, Grace, Grant};
use sale::ids::{AttemptId, EventId, ShopperId};
use sale::record::Record;
use sqlx::PgPool;
use sqlx::types::Json;

use crate::word_column::Column;

/// A reservation as recorded.
#[derive(Clone, Debug)]
pub struct Reservation {
    /// Of which sale.
    pub event: EventId,
    /// The attempt, and where it stands.
    pub record: Record,
}

impl TryFrom<Row> for Reservation {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        let event = EventId(row.event_id);
        let record = row.into_record().map_err(|error| sqlx::Error::Decode(error.into()))?;
        Ok(Self { event, record })
    }
}

/// One reservation.
///
/// # Errors
/// When PostgreSQL does not answer, or the row cannot be read.
pub async fn find(pool: &PgPool, attempt: AttemptId) -> sqlx::Result<Option<Reservation>> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT id, event_id, shopper_id, state, answer AS "answer: Json<Answer>", grant_ AS "grant: Json<Grant>", grace AS "grace: Json<Grace>",
                  payment_id, settled_at IS NOT NULL AS "settled!", ended_why, origin, code_no
           FROM reservations WHERE id = $1"#,
        attempt.0
    )
    .fetch_optional(pool)
    .await?;
    row.map(Reservation::try_from).transpose()
}

/// Of which sale a reservation is.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn event_of(pool: &PgPool, attempt: AttemptId) -> sqlx::Result<Option<EventId>> {
    let event = sqlx::query_scalar!("SELECT event_id FROM reservations WHERE id = $1", attempt.0);
    Ok(event.fetch_optional(pool).await?.map(EventId))
}

/// The latest reservations of a shopper, the latest first; `limit` at most.
///
/// # Errors
/// When PostgreSQL does not answer, or a row cannot be read.
pub async fn of_shopper(pool: &PgPool, shopper: ShopperId, limit: i64) -> sqlx::Result<Vec<Reservation>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, event_id, shopper_id, state, answer AS "answer: Json<Answer>", grant_ AS "grant: Json<Grant>", grace AS "grace: Json<Grace>",
                  payment_id, settled_at IS NOT NULL AS "settled!", ended_why, origin, code_no
           FROM reservations WHERE shopper_id = $1 ORDER BY answered_at DESC, id LIMIT $2"#,
        shopper.0,
        limit
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(Reservation::try_from).collect()
}

/// How many reservations of a sale stand where. A state that none is in is absent.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn count_by_state(pool: &PgPool, event: EventId) -> sqlx::Result<BTreeMap<ReservationState, i64>> {
    let counts = sqlx::query!(
        r#"SELECT state AS "state: Column<ReservationState>", count(*) AS "count!"
           FROM reservations WHERE event_id = $1 GROUP BY state"#,
        event.0
    )
    .fetch_all(pool)
    .await?;
    Ok(counts.into_iter().map(|row| (row.state.0, row.count)).collect())
}
