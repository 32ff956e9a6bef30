//! Lists that are filtered by whatever was asked for.

use sqlx::{PgPool, Postgres, Transaction};

/// Begins to read with plans made for the values that are asked for. PostgreSQL keeps one plan for all values of a statement it sees
/// often: with filters that may be absent, that one reads the whole table.
pub(crate) async fn begin(pool: &PgPool) -> sqlx::Result<Transaction<'static, Postgres>> {
    let mut transaction = pool.begin().await?;
    sqlx::query("SET LOCAL plan_cache_mode = force_custom_plan").execute(&mut *transaction).await?;
    Ok(transaction)
}

/// What no text that begins with `prefix` comes after, in the collation "C".
pub(crate) fn end_of(prefix: &str) -> String {
    format!("{prefix}\u{10ffff}")
}
