//! All sale events, as organisers look through them.

use chrono::{DateTime, Utc};
use sale::ids::EventId;
use sale::rules::Status;
use sale::words::UnknownWord;
use sqlx::PgPool;
use uuid::Uuid;

/// An event in the list.
pub struct ListedEvent {
    /// Which.
    pub event: EventId,
    /// What it is called.
    pub name: String,
    /// What it is doing, by the database's clock.
    pub status: Result<Status, UnknownWord>,
    /// First moment at which attempts are accepted.
    pub opens_at: DateTime<Utc>,
    /// First moment at which they no longer are.
    pub closes_at: DateTime<Utc>,
    /// ISO 4217.
    pub currency: String,
    /// The IANA name of its zone.
    pub time_zone: Option<String>,
    /// Raised by every change.
    pub version: i64,
}

/// Events, the latest created first; those after `before` in that order, if there is one.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn list(pool: &PgPool, before: Option<Uuid>, limit: i64) -> sqlx::Result<Vec<ListedEvent>> {
    let rows = sqlx::query!(
        r#"SELECT e.id, e.name, e.opens_at, e.closes_at, e.currency, e.version, e.time_zone,
                  CASE WHEN e.stopped_at IS NOT NULL THEN 'stopped'
                       WHEN NOT e.scheduled THEN 'draft'
                       WHEN EXISTS (SELECT FROM event_pauses p WHERE p.event_id = e.id AND p.resumed_at IS NULL)
                            THEN 'paused' -- also past its end: a pause holds the end
                       WHEN now() >= e.closes_at THEN 'ended'
                       WHEN now() < e.opens_at THEN 'upcoming'
                       ELSE 'active' END AS "status!"
           FROM sale_events e WHERE $1::uuid IS NULL OR e.id < $1 ORDER BY e.id DESC LIMIT $2"#,
        before,
        limit
    )
    .fetch_all(pool)
    .await?;
    let listed = rows.into_iter().map(|row| ListedEvent {
        event: EventId(row.id),
        name: row.name,
        status: Status::of_word(&row.status),
        opens_at: row.opens_at,
        closes_at: row.closes_at,
        currency: row.currency,
        time_zone: row.time_zone,
        version: row.version,
    });
    Ok(listed.collect())
}
