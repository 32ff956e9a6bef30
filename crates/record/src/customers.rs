//! Customers of the shop who have signed in: the only place that knows what the shop calls a shopper.

use sale::ids::ShopperId;
use sqlx::PgPool;

/// Notes that a customer signs in. What the shop calls them stands with their orders from now on, earlier ones included.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn signs_in(pool: &PgPool, shopper: ShopperId, issuer: &str, subject: &str) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO customers (shopper_id, issuer, subject) VALUES ($1, $2, $3)
         ON CONFLICT (shopper_id) DO UPDATE SET last_seen_at = now()",
        shopper.0,
        issuer,
        subject
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// What the shop calls a shopper; nothing, of a guest.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn subject(pool: &PgPool, shopper: ShopperId) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!("SELECT subject FROM customers WHERE shopper_id = $1", shopper.0).fetch_optional(pool).await
}
