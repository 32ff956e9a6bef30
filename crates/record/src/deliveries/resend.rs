//! Sending again what was accepted or given up: the same notice, with the same id.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// Which deliveries of an endpoint: those that are over.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    /// To this endpoint.
    pub endpoint: Uuid,
    /// Of what happened at this time or later.
    pub from: Option<DateTime<Utc>>,
    /// Of what happened before this time.
    pub until: Option<DateTime<Utc>>,
    /// Only what was given up.
    pub given_up_only: bool,
}

/// Sends a delivery again, at once. One that waits is tried at once. Returns its endpoint; `None` when there is no such
/// delivery, or no such endpoint any more.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn resend(db: &mut PgConnection, delivery: Uuid) -> sqlx::Result<Option<Uuid>> {
    // A try that is under way keeps its number, and so its right to say how it ended.
    sqlx::query_scalar!(
        "UPDATE deliveries d SET state = 'waiting', next_try_at = now(), ended_at = NULL,
                tries = CASE WHEN d.state = 'waiting' THEN d.tries ELSE 0 END,
                first_tried_at = CASE WHEN d.state = 'waiting' THEN d.first_tried_at END
         FROM endpoints e WHERE d.id = $1 AND e.id = d.endpoint_id RETURNING d.endpoint_id",
        delivery
    )
    .fetch_optional(db)
    .await
}

/// How many deliveries a range has, counted as far as one more than `limit`.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn count(db: &mut PgConnection, range: Range, limit: i64) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM (
             SELECT FROM deliveries d JOIN notices n ON n.id = d.notice_id
             WHERE d.endpoint_id = $1 AND d.state <> 'waiting' AND (NOT $2 OR d.state = 'given_up')
               AND ($3::timestamptz IS NULL OR n.at >= $3) AND ($4::timestamptz IS NULL OR n.at < $4)
             LIMIT $5) found"#,
        range.endpoint,
        range.given_up_only,
        range.from,
        range.until,
        limit + 1
    )
    .fetch_one(db)
    .await
}

/// Sends all of a range again. Returns how many there were.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn resend_range(db: &mut PgConnection, range: Range) -> sqlx::Result<u64> {
    let moved = sqlx::query!(
        "UPDATE deliveries d SET state = 'waiting', tries = 0, first_tried_at = NULL, next_try_at = now(), ended_at = NULL
         FROM notices n
         WHERE n.id = d.notice_id AND d.endpoint_id = $1 AND d.state <> 'waiting' AND (NOT $2 OR d.state = 'given_up')
           AND ($3::timestamptz IS NULL OR n.at >= $3) AND ($4::timestamptz IS NULL OR n.at < $4)",
        range.endpoint,
        range.given_up_only,
        range.from,
        range.until
    );
    Ok(moved.execute(db).await?.rows_affected())
}
