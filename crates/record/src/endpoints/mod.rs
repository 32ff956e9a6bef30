//! Endpoints: the shop's URLs that are told. Changes are made within the caller's transaction, on an endpoint that is
//! locked.

mod change;

pub use change::{insert, lock, pause, remove, resume, rotate, update};

use chrono::{DateTime, Utc};
use sale::notice::PauseCause;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::word_column::Column;

/// An endpoint, without its secret.
#[derive(Debug)]
pub struct Endpoint {
    /// Which.
    pub id: Uuid,
    /// Where it is.
    pub url: String,
    /// The words of what it is told.
    pub types: Vec<String>,
    /// Raised by every change.
    pub version: i64,
    /// Until when what is sent is signed with the secret before as well.
    pub old_secret_until: Option<DateTime<Utc>>,
    /// Since when it is told nothing.
    pub paused_at: Option<DateTime<Utc>>,
    /// Why that is.
    pub paused_why: Option<PauseCause>,
    /// Since when it has accepted nothing that was tried.
    pub failing_since: Option<DateTime<Utc>>,
    /// When it last accepted something, to the second.
    pub last_accepted_at: Option<DateTime<Utc>>,
    /// Deliveries that wait.
    pub waiting: i64,
    /// Since when the first of them does.
    pub oldest_waiting_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// All endpoints, the oldest first, or one of them.
async fn select(pool: &PgPool, id: Option<Uuid>) -> sqlx::Result<Vec<Endpoint>> {
    let rows = sqlx::query!(
        r#"SELECT e.id, e.url, e.types, e.version,
                  CASE WHEN e.old_secret_until > now() THEN e.old_secret_until END AS old_secret_until,
                  e.paused_at, e.paused_why AS "paused_why: Column<PauseCause>", e.failing_since, e.last_accepted_at,
                  e.created_at, d.waiting AS "waiting!", d.oldest AS "oldest?"
           FROM endpoints e CROSS JOIN LATERAL (
             SELECT count(*) AS waiting, min(created_at) AS oldest
             FROM deliveries WHERE endpoint_id = e.id AND state = 'waiting') d
           WHERE $1::uuid IS NULL OR e.id = $1 ORDER BY e.id"#,
        id
    )
    .fetch_all(pool)
    .await?;
    let endpoints = rows.into_iter().map(|row| Endpoint {
        id: row.id,
        url: row.url,
        types: row.types,
        version: row.version,
        old_secret_until: row.old_secret_until,
        paused_at: row.paused_at,
        paused_why: row.paused_why.map(|why| why.0),
        failing_since: row.failing_since,
        last_accepted_at: row.last_accepted_at,
        waiting: row.waiting,
        oldest_waiting_at: row.oldest,
        created_at: row.created_at,
    });
    Ok(endpoints.collect())
}

/// All endpoints, the oldest first.
///
/// # Errors
/// When PostgreSQL does not answer, or a row cannot be read.
pub async fn list(pool: &PgPool) -> sqlx::Result<Vec<Endpoint>> {
    select(pool, None).await
}

/// One endpoint.
///
/// # Errors
/// As with [`list`].
pub async fn find(pool: &PgPool, id: Uuid) -> sqlx::Result<Option<Endpoint>> {
    Ok(select(pool, Some(id)).await?.pop())
}

/// How many there are.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn count(db: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM endpoints"#).fetch_one(db).await
}
