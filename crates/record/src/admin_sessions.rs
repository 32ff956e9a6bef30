//! Sessions of organisers at the console: each is of an API token, and is kept as the digest of its secret.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// Hours without a call after which a session is over.
pub const IDLE_HOURS_MAX: i32 = 12;

/// A session that goes on, as far as the database's clock tells.
pub struct LiveSession {
    /// SHA-256 of its secret.
    pub digest: [u8; 32],
    /// Which.
    pub id: Uuid,
    /// Whose name and role it has.
    pub token_id: Uuid,
    /// When it is over, unless it is used until then.
    pub over_at: DateTime<Utc>,
}

/// All sessions that go on, of tokens that were not revoked.
///
/// # Errors
/// When PostgreSQL does not answer, or holds a digest of another length, which its CHECK forbids.
pub async fn live(pool: &PgPool) -> sqlx::Result<Vec<LiveSession>> {
    let rows = sqlx::query!(
        r#"SELECT s.id, s.token_id, s.secret_sha256,
                  least(s.ends_at, s.used_at + make_interval(hours => $1)) AS "over_at!"
           FROM admin_sessions s JOIN api_tokens t ON t.id = s.token_id
           WHERE t.revoked_at IS NULL AND s.ends_at > now() AND s.used_at > now() - make_interval(hours => $1)"#,
        IDLE_HOURS_MAX
    )
    .fetch_all(pool)
    .await?;
    let live = rows.into_iter().map(|row| {
        let digest = row.secret_sha256.try_into().map_err(|_| sqlx::Error::Decode("secret_sha256: 32 bytes".into()))?;
        Ok(LiveSession { digest, id: row.id, token_id: row.token_id, over_at: row.over_at })
    });
    live.collect()
}

/// Begins a session of a token, which the transaction holds. Of the others of that token the `others_max` that were
/// used last go on.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn begin(
    transaction: &mut PgConnection,
    id: Uuid,
    token_id: Uuid,
    digest: &[u8; 32],
    ends_at: DateTime<Utc>,
    others_max: i64,
) -> sqlx::Result<()> {
    sqlx::query!(
        "DELETE FROM admin_sessions WHERE id IN (
           SELECT id FROM admin_sessions WHERE token_id = $1 ORDER BY used_at DESC OFFSET $2)",
        token_id,
        others_max
    )
    .execute(&mut *transaction)
    .await?;
    sqlx::query!(
        "INSERT INTO admin_sessions (id, token_id, secret_sha256, ends_at) VALUES ($1, $2, $3, $4)",
        id,
        token_id,
        digest.as_slice(),
        ends_at
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// Ends a session; false for one that was over before.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn end(transaction: &mut PgConnection, id: Uuid) -> sqlx::Result<bool> {
    let ended = sqlx::query!("DELETE FROM admin_sessions WHERE id = $1", id).execute(transaction).await?;
    Ok(ended.rows_affected() > 0)
}

/// Ends all sessions of a token.
///
/// # Errors
/// When PostgreSQL does not answer.
pub(crate) async fn end_all_of(transaction: &mut PgConnection, token_id: Uuid) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM admin_sessions WHERE token_id = $1", token_id).execute(transaction).await.map(drop)
}

/// Keeps that sessions were used just now.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn used(pool: &PgPool, ids: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query!("UPDATE admin_sessions SET used_at = now() WHERE id = ANY($1)", ids).execute(pool).await.map(drop)
}

/// Forgets sessions that are over, `rows_max` at most.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn forget_over(pool: &PgPool, rows_max: i64) -> sqlx::Result<()> {
    sqlx::query!(
        "DELETE FROM admin_sessions WHERE id IN (
           SELECT id FROM admin_sessions
           WHERE ends_at < now() OR used_at < now() - make_interval(hours => $1) LIMIT $2)",
        IDLE_HOURS_MAX,
        rows_max
    )
    .execute(pool)
    .await
    .map(drop)
}
