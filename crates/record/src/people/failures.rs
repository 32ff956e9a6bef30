//! Sign-ins that failed, counted for each address that was typed, for all doors together: whether anybody has it or not.

use sqlx::{PgConnection, PgPool};

/// Failures that nobody waits after.
const FREE: i32 = 5;
/// Seconds to wait after the first one more; twice as many after each one more.
const WAIT_S: f64 = 30.0;
const WAIT_MAX_S: f64 = 900.0;

/// Whether a sign-in is looked at.
pub enum Heard {
    /// It is, and counts as failed until it is known that it was not: many at once are not heard either.
    Now,
    /// It is not, for so many seconds.
    InSeconds(u32),
}

/// Whether a sign-in with an address is looked at.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn hear(pool: &PgPool, address_digest: &[u8; 32]) -> sqlx::Result<Heard> {
    let heard = sqlx::query!(
        "INSERT INTO sign_in_failures AS f (address_digest, failed, wait_until) VALUES ($1, 1, 'epoch')
         ON CONFLICT (address_digest) DO UPDATE SET failed = f.failed + 1, at = now(),
           wait_until = CASE WHEN f.failed + 1 < $2 THEN 'epoch' ELSE now() + make_interval(secs =>
             least($3::float8 * power(2::float8, least(f.failed + 1 - $2, 20)::float8), $4::float8)) END
         WHERE f.wait_until <= now()",
        address_digest.as_slice(),
        FREE,
        WAIT_S,
        WAIT_MAX_S
    );
    if heard.execute(pool).await?.rows_affected() > 0 {
        return Ok(Heard::Now);
    }
    let left = sqlx::query_scalar!(
        r#"SELECT ceil(extract(epoch FROM wait_until - now()))::int AS "left!" FROM sign_in_failures
           WHERE address_digest = $1"#,
        address_digest.as_slice()
    );
    let left = left.fetch_optional(pool).await?.unwrap_or_default();
    Ok(Heard::InSeconds(u32::try_from(left).unwrap_or_default().max(1)))
}

/// Forgets what failed with an address: somebody has signed in with it.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn forgive(transaction: &mut PgConnection, address_digest: &[u8; 32]) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM sign_in_failures WHERE address_digest = $1", address_digest.as_slice())
        .execute(transaction)
        .await
        .map(drop)
}

/// Forgets what failed more than a day ago, `rows_max` at most.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn forget_old_failures(pool: &PgPool, rows_max: i64) -> sqlx::Result<()> {
    sqlx::query!(
        "DELETE FROM sign_in_failures WHERE address_digest IN (
           SELECT address_digest FROM sign_in_failures WHERE at < now() - interval '1 day' LIMIT $1)",
        rows_max
    )
    .execute(pool)
    .await
    .map(drop)
}
