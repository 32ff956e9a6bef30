//! The audit log: who did what; and which requests of organisers were done, so that none is done twice.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// Who did what, of what, and from where.
pub struct Deed<'a> {
    /// A token's name; empty for a stranger.
    pub actor: &'a str,
    /// The token's role; empty for a stranger.
    pub role: &'a str,
    /// None for what a service did by itself.
    pub address: Option<IpAddr>,
    /// Such as `event.restock`.
    pub action: &'a str,
    /// What it was done to.
    pub subject: &'a str,
    /// What was changed.
    pub detail: Value,
}

/// Writes an entry.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn write(connection: &mut PgConnection, entry: Deed<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO audit_log (id, actor, role, address, action, subject, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        Uuid::now_v7(),
        entry.actor,
        entry.role,
        entry.address.map(|address| address.to_string()),
        entry.action,
        entry.subject,
        entry.detail
    )
    .execute(connection)
    .await
    .map(drop)
}

/// An entry as it was written.
#[expect(missing_docs, reason = "the fields of `Deed`")]
pub struct Written {
    /// Also its place in the list.
    pub id: Uuid,
    /// When it was written.
    pub at: DateTime<Utc>,
    pub actor: String,
    pub role: String,
    pub address: Option<String>,
    pub action: String,
    pub subject: String,
    pub detail: Value,
}

/// Entries, the latest first; of one subject, and after `before` in that order, if so asked.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn list(
    pool: &PgPool,
    subject: Option<&str>,
    before: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<Written>> {
    let entries = sqlx::query_as!(
        Written,
        "SELECT id, at, actor, role, address, action, subject, detail FROM audit_log
         WHERE ($1::uuid IS NULL OR id < $1) AND ($2::text IS NULL OR subject = $2) ORDER BY id DESC LIMIT $3",
        before,
        subject,
        limit
    );
    entries.fetch_all(pool).await
}

/// Whether a request is the first of its key.
pub enum KeyUse {
    /// It is: do it.
    First,
    /// It was done: this came of it.
    Before(Uuid),
    /// The key came with another request.
    Reused,
}

/// Claims the key of a request, within the transaction that does its work: two at the same time wait for each other here.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn claim_key(
    transaction: &mut PgConnection,
    actor: &str,
    key: &str,
    digest: &[u8; 32],
    subject: Uuid,
) -> sqlx::Result<KeyUse> {
    let claimed = sqlx::query!(
        "INSERT INTO admin_requests (actor, key, body_sha256, subject_id) VALUES ($1, $2, $3, $4)
         ON CONFLICT (actor, key) DO NOTHING",
        actor,
        key,
        digest.as_slice(),
        subject
    );
    if claimed.execute(&mut *transaction).await?.rows_affected() == 1 {
        return Ok(KeyUse::First);
    }
    let earlier =
        sqlx::query!("SELECT body_sha256, subject_id FROM admin_requests WHERE actor = $1 AND key = $2", actor, key)
            .fetch_one(transaction)
            .await?;
    Ok(if earlier.body_sha256 == digest { KeyUse::Before(earlier.subject_id) } else { KeyUse::Reused })
}
