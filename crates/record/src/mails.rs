//! Mails that wait to be sent, sealed. A row is leased by whoever tries it, and deleted once a server has taken the mail: so it
//! is sent at least once, and what has expired is not sent any more.

use std::time::Duration;

use sqlx::PgPool;
use uuid::Uuid;

/// A mail to be sent now, by whoever has leased it.
#[derive(Debug)]
pub struct Due {
    /// Which.
    pub id: Uuid,
    /// What it is, for who has the key.
    pub sealed: Vec<u8>,
    /// Tries so far, this one included.
    pub tries: i32,
}

/// Leases mails, those that are due for longest first, `limit` at most.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn claim(pool: &PgPool, lease: Duration, limit: i64) -> sqlx::Result<Vec<Due>> {
    sqlx::query_as!(
        Due,
        "UPDATE mails SET tries = tries + 1, next_try_at = now() + make_interval(secs => $1)
         WHERE id IN (SELECT id FROM mails WHERE next_try_at <= now() AND expires_at > now()
                      ORDER BY next_try_at LIMIT $2 FOR UPDATE SKIP LOCKED)
         RETURNING id, sealed, tries",
        lease.as_secs_f64(),
        limit
    )
    .fetch_all(pool)
    .await
}

/// Forgets a mail: a server has taken it, or never will.
///
/// # Errors
/// When PostgreSQL does not answer. Then it is sent again.
pub async fn forget(pool: &PgPool, id: Uuid) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM mails WHERE id = $1", id).execute(pool).await.map(drop)
}

/// Lets a mail be tried again later.
///
/// # Errors
/// When PostgreSQL does not answer. Then it is tried again when its lease has run out.
pub async fn again(pool: &PgPool, id: Uuid, after: Duration) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE mails SET next_try_at = now() + make_interval(secs => $2) WHERE id = $1",
        id,
        after.as_secs_f64()
    )
    .execute(pool)
    .await
    .map(drop)
}
