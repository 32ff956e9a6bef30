//! Codes that confirm an e-mail address. What is known of an address is a digest of it, and of a code, too.
//!
//! The latest code of an address is the one that counts, until it is used, has expired, or was guessed at too often. It is
//! counted here how many were asked for and how many guesses were wrong, so all doors count together.

use std::time::Duration;

use sqlx::PgPool;
use uuid::Uuid;

/// Codes for one address within an hour.
pub const CODES_AN_HOUR: i64 = 5;
/// Codes for one address within a day: with the wrong tries of each, this bounds what can be guessed.
pub const CODES_A_DAY: i64 = 10;
/// Wrong tries after which a code is void.
pub const WRONG_MAX: i32 = 5;
/// How long a code is counted, in days, whatever became of it.
pub(crate) const COUNTED_DAYS: i32 = 1;

/// A code that was asked for.
#[derive(Debug)]
pub struct NewCode<'a> {
    /// Of whose address.
    pub address_digest: &'a [u8; 32],
    /// Of the code, for this address.
    pub code_digest: &'a [u8; 32],
    /// How long it is good for.
    pub lasts: Duration,
    /// Of the mail that tells it: its id, and the mail, sealed.
    pub mail: (Uuid, &'a [u8]),
}

/// Takes a code in place of the address's codes before, with the mail that tells it; unless so many were asked for that address
/// lately. Whether it did: it is for the caller to answer the same either way.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn put(pool: &PgPool, code: &NewCode<'_>) -> sqlx::Result<bool> {
    let mut transaction = pool.begin().await?;
    // One after the other for each address, or two at once would both be the fifth.
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended('email ' || encode($1, 'hex'), 0))",
        &code.address_digest[..]
    )
    .execute(&mut *transaction)
    .await?;
    let put = sqlx::query!(
        "WITH lately AS (
           SELECT count(*) FILTER (WHERE created_at > now() - interval '1 hour') AS in_hour, count(*) AS in_day
           FROM email_codes WHERE address_digest = $1 AND created_at > now() - interval '1 day'),
         code AS (
           INSERT INTO email_codes (address_digest, code_digest, expires_at)
           SELECT $1, $2, now() + make_interval(secs => $3) FROM lately WHERE in_hour < $6 AND in_day < $7
           RETURNING expires_at)
         INSERT INTO mails (id, sealed, expires_at) SELECT $4, $5, expires_at FROM code",
        &code.address_digest[..],
        &code.code_digest[..],
        code.lasts.as_secs_f64(),
        code.mail.0,
        code.mail.1,
        CODES_AN_HOUR,
        CODES_A_DAY
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(put.rows_affected() > 0)
}

/// Uses a code up, if it is the one that counts; else counts it as wrong. Whether it was right. Why it was not is told to
/// nobody.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn take(pool: &PgPool, address_digest: &[u8; 32], code_digest: &[u8; 32]) -> sqlx::Result<bool> {
    let mut transaction = pool.begin().await?;
    let latest = sqlx::query_scalar!(
        "SELECT id FROM email_codes WHERE address_digest = $1 ORDER BY id DESC LIMIT 1 FOR UPDATE",
        &address_digest[..]
    )
    .fetch_optional(&mut *transaction)
    .await?;
    // A statement of its own: it sees what whoever had the lock before has done.
    let right = sqlx::query_scalar!(
        r#"UPDATE email_codes SET wrong = wrong + (code_digest <> $2)::int,
                                  used_at = CASE WHEN code_digest = $2 THEN now() END
           WHERE id = $1 AND used_at IS NULL AND expires_at > now() AND wrong < $3
           RETURNING code_digest = $2 AS "right!""#,
        latest,
        &code_digest[..],
        WRONG_MAX
    )
    .fetch_optional(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(right == Some(true))
}
