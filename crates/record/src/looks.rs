//! How the shop looks, as organisers set it.

use serde_json::{Value, json};
use sqlx::{PgConnection, PgPool};

/// What is kept of the look.
pub struct LookRow {
    /// As the crate `look` writes it.
    pub look: Value,
    /// Raised by every change.
    pub version: i64,
}

/// The look, if there is one that is not of this version; nothing where nobody has set any.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn other_than(pool: &PgPool, version: i64) -> sqlx::Result<Option<LookRow>> {
    sqlx::query_as!(LookRow, "SELECT look, version FROM shop_look WHERE version <> $1", version)
        .fetch_optional(pool)
        .await
}

/// Locks the look, and returns it; version 0 where nobody has set any.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn lock(transaction: &mut PgConnection) -> sqlx::Result<LookRow> {
    sqlx::query!("INSERT INTO shop_look (look, version) VALUES ($1, 0) ON CONFLICT DO NOTHING", json!({}))
        .execute(&mut *transaction)
        .await?;
    sqlx::query_as!(LookRow, "SELECT look, version FROM shop_look FOR UPDATE").fetch_one(transaction).await
}

/// Puts another in the place of the one that is locked. Returns its version.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn replace(transaction: &mut PgConnection, look: &Value) -> sqlx::Result<i64> {
    let replaced = sqlx::query!(
        "UPDATE shop_look SET look = $1, version = version + 1, updated_at = now() RETURNING version",
        look
    );
    Ok(replaced.fetch_one(transaction).await?.version)
}
