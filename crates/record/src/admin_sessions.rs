//! Sessions of organisers at the console: each is of an API token or of a person, and is kept as the digest of its secret.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::organisers::Organiser;

/// Hours without a call after which a session is over.
pub const IDLE_HOURS_MAX: i32 = 12;

/// A session that goes on, as far as the database's clock tells.
pub struct LiveSession {
    /// SHA-256 of its secret.
    pub digest: [u8; 32],
    /// Which.
    pub id: Uuid,
    /// Whose name and role it has.
    pub of: Organiser,
    /// When it is over, unless it is used until then.
    pub over_at: DateTime<Utc>,
}

/// All sessions that go on, of tokens that were not revoked and people who may sign in.
///
/// # Errors
/// When PostgreSQL does not answer, or holds a digest of another length, which its CHECK forbids.
pub async fn live(pool: &PgPool) -> sqlx::Result<Vec<LiveSession>> {
    let rows = sqlx::query!(
        r#"SELECT s.id, t.id AS "token_id?", p.id AS "person_id?", s.secret_sha256,
                  least(s.ends_at, s.used_at + make_interval(hours => $1)) AS "over_at!"
           FROM admin_sessions s
           LEFT JOIN api_tokens t ON t.id = s.token_id AND t.revoked_at IS NULL
           LEFT JOIN people p ON p.id = s.person_id AND p.disabled_at IS NULL
           WHERE num_nonnulls(t.id, p.id) = 1
             AND s.ends_at > now() AND s.used_at > now() - make_interval(hours => $1)"#,
        IDLE_HOURS_MAX
    )
    .fetch_all(pool)
    .await?;
    let live = rows.into_iter().filter_map(|row| {
        let of = row.token_id.map(Organiser::Token).or(row.person_id.map(Organiser::Person))?;
        Some((of, row))
    });
    let live = live.map(|(of, row)| {
        let digest = row.secret_sha256.try_into().map_err(|_| sqlx::Error::Decode("secret_sha256: 32 bytes".into()))?;
        Ok(LiveSession { digest, id: row.id, of, over_at: row.over_at })
    });
    live.collect()
}

/// Begins a session of an organiser, whom the transaction holds. Of their others the `others_max` that were
/// used last go on.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn begin(
    transaction: &mut PgConnection,
    id: Uuid,
    of: Organiser,
    digest: &[u8; 32],
    ends_at: DateTime<Utc>,
    others_max: i64,
) -> sqlx::Result<()> {
    sqlx::query!(
        "DELETE FROM admin_sessions WHERE id IN (
           SELECT id FROM admin_sessions WHERE token_id = $1 OR person_id = $2 ORDER BY used_at DESC OFFSET $3)",
        of.token(),
        of.person(),
        others_max
    )
    .execute(&mut *transaction)
    .await?;
    sqlx::query!(
        "INSERT INTO admin_sessions (id, token_id, person_id, secret_sha256, ends_at) VALUES ($1, $2, $3, $4, $5)",
        id,
        of.token(),
        of.person(),
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

/// Ends the session that a browser has the secret of: another takes its place there. Which it was.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn end_kept(transaction: &mut PgConnection, digest: &[u8; 32]) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!("DELETE FROM admin_sessions WHERE secret_sha256 = $1 RETURNING id", digest.as_slice())
        .fetch_optional(transaction)
        .await
}

/// Gives a session of a person, who is held, another secret, and ends all others of theirs. When it ends itself; none if it is over.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn go_on_alone(
    transaction: &mut PgConnection,
    person: Uuid,
    session: Uuid,
    digest: &[u8; 32],
) -> sqlx::Result<Option<DateTime<Utc>>> {
    let ends_at = sqlx::query_scalar!(
        "UPDATE admin_sessions SET secret_sha256 = $3, used_at = now()
         WHERE id = $2 AND person_id = $1 AND ends_at > now() RETURNING ends_at",
        person,
        session,
        digest.as_slice()
    );
    let ends_at = ends_at.fetch_optional(&mut *transaction).await?;
    sqlx::query!("DELETE FROM admin_sessions WHERE person_id = $1 AND id <> $2", person, session)
        .execute(transaction)
        .await?;
    Ok(ends_at)
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
