//! Which deliveries are to be tried now.

use std::time::Duration;

use secrecy::SecretString;
use sqlx::PgPool;
use uuid::Uuid;

use super::tried::FAILURES_HELD;

/// An endpoint that has something to be told now.
#[derive(Clone, Copy, Debug)]
pub struct Ready {
    /// Which.
    pub endpoint: Uuid,
    /// It failed so often in a row that it is asked once at a time whether it is back.
    pub is_probed: bool,
}

/// Endpoints that have something to be told now.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn ready(pool: &PgPool) -> sqlx::Result<Vec<Ready>> {
    sqlx::query_as!(
        Ready,
        r#"SELECT e.id AS endpoint, e.failures >= $1 AS "is_probed!" FROM endpoints e
           WHERE e.paused_at IS NULL AND (e.held_until IS NULL OR e.held_until <= now())
             AND EXISTS (SELECT FROM deliveries d
                         WHERE d.endpoint_id = e.id AND d.state = 'waiting' AND d.next_try_at <= now())"#,
        FAILURES_HELD
    )
    .fetch_all(pool)
    .await
}

/// A delivery to be tried now, by whoever has leased it.
#[derive(Debug)]
pub struct Due {
    /// Which.
    pub id: Uuid,
    /// To which endpoint.
    pub endpoint: Uuid,
    /// Tries since it was asked for, this one included.
    pub tries: i32,
    /// The id of the notice.
    pub notice: Uuid,
    /// What it says.
    pub body: String,
    /// Where it goes.
    pub url: String,
    /// What it is signed with.
    pub secret: SecretString,
    /// What it is signed with besides, while secrets are changed.
    pub old_secrets: Vec<SecretString>,
}

/// Leases deliveries to one endpoint, those that are due for longest first, `limit` at most.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn claim(pool: &PgPool, endpoint: Uuid, lease: Duration, limit: i64) -> sqlx::Result<Vec<Due>> {
    let mut rows = sqlx::query!(
        r#"WITH due AS (
             SELECT d.id FROM deliveries d
             WHERE d.endpoint_id = $1 AND d.state = 'waiting' AND d.next_try_at <= now()
               AND NOT EXISTS (SELECT FROM deliveries b
                               WHERE b.endpoint_id = $1 AND b.subject = d.subject AND b.state = 'waiting'
                                 AND b.number < d.number)
             ORDER BY d.next_try_at, d.number LIMIT $2 FOR UPDATE OF d SKIP LOCKED)
           UPDATE deliveries d SET tries = d.tries + 1, first_tried_at = coalesce(d.first_tried_at, now()),
                                   next_try_at = now() + make_interval(secs => $3)
           FROM due, notices n, endpoints e
           WHERE d.id = due.id AND n.id = d.notice_id AND e.id = $1 AND e.paused_at IS NULL
           RETURNING d.id, d.number, d.tries, n.id AS notice, n.body, e.url, e.secret,
                     CASE WHEN e.old_secret_until > now() THEN array_prepend(e.old_secret, e.older_secrets) ELSE '{}' END AS "old_secrets!""#,
        endpoint,
        limit,
        lease.as_secs_f64()
    )
    .fetch_all(pool)
    .await?;
    rows.sort_unstable_by_key(|row| row.number);
    let due = rows.into_iter().map(|row| Due {
        id: row.id,
        endpoint,
        tries: row.tries,
        notice: row.notice,
        body: row.body,
        url: row.url,
        secret: row.secret.into(),
        old_secrets: row.old_secrets.into_iter().map(SecretString::from).collect(),
    });
    Ok(due.collect())
}
