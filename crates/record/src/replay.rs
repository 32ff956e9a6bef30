//! The journal, read again by whoever wants to see how a sale went: some rounds of it at a time, never all.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use sale::ids::EventId;
use sale::report::RoundReport;
use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use uuid::Uuid;

use crate::{message, to_i64, to_u64};

/// How much of a sale's journal there is.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// Rounds that were recorded.
    pub rounds: u64,
    /// When the sale was cleared away. Its journal is being forgotten since, in no order.
    pub cleared_at: Option<DateTime<Utc>>,
}

/// One look at the record: all that is read in it is of one moment, also while a sale goes on or its journal is being forgotten.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn look(pool: &PgPool) -> sqlx::Result<Transaction<'static, Postgres>> {
    pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await
}

/// How much of a sale's journal there is.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn kept(db: &mut PgConnection, event: EventId) -> sqlx::Result<Kept> {
    let row = sqlx::query!(
        r#"SELECT coalesce(l.seq, 0) AS "rounds!", e.cleared_at
           FROM sale_events e LEFT JOIN event_lines l ON l.event_id = e.id WHERE e.id = $1"#,
        event.0
    );
    let row = row.fetch_optional(db).await?;
    Ok(row.map_or(Kept { rounds: 0, cleared_at: None }, |row| Kept {
        rounds: to_u64(row.rounds),
        cleared_at: row.cleared_at,
    }))
}

/// What is kept of each of these rounds, in their order. A round is forgotten before the next one is read: one alone may tell of
/// thousands of attempts.
///
/// # Errors
/// When PostgreSQL does not answer; and with [`sqlx::Error::Decode`] when this version cannot read what is stored.
pub async fn rounds<T>(
    db: &mut PgConnection,
    event: EventId,
    seqs: &[u64],
    mut keep: impl FnMut(RoundReport) -> T,
) -> sqlx::Result<Vec<T>> {
    let seqs: Vec<i64> = seqs.iter().copied().map(to_i64).collect();
    let mut rows = sqlx::query_scalar!(
        "SELECT report FROM rounds WHERE event_id = $1 AND seq = ANY($2) ORDER BY seq",
        event.0,
        &seqs
    )
    .fetch(db);
    let mut kept = Vec::with_capacity(seqs.len());
    while let Some(report) = rows.try_next().await? {
        kept.push(keep(message::decode(&report)?));
    }
    Ok(kept)
}

/// The item, by its number, and the units of attempts that ever held any or waited for any.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn units(db: &mut PgConnection, attempts: &[Uuid]) -> sqlx::Result<HashMap<Uuid, (i32, i32)>> {
    if attempts.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!("SELECT id, item_no, quantity FROM reservations WHERE id = ANY($1)", attempts);
    Ok(rows.fetch_all(db).await?.into_iter().map(|row| (row.id, (row.item_no, row.quantity))).collect())
}
