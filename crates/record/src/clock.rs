//! The clock that all processes follow: the database's.

use sqlx::PgPool;

use crate::meters;

/// Compares this machine's clock with the database's, and follows that from now on.
///
/// # Errors
/// When PostgreSQL does not answer. Then what was found last stays.
pub async fn follow_clock(pool: &PgPool) -> sqlx::Result<()> {
    let asked = clock::machine();
    let theirs = sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "now!""#).fetch_one(pool).await?;
    let difference = clock::follow(asked, clock::from_utc(theirs), clock::machine());
    if difference.is_news() {
        tracing::warn!(ahead_ms = difference.ahead_ms, "this machine's clock is wrong, following the database's");
    }
    meters::CLOCK_AHEAD.set(difference.ahead_ms as f64 / 1_000.0);
    Ok(())
}
