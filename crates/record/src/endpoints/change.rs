//! Changes of endpoints.

use std::time::Duration;

use sale::notice::{NoticeType, PauseCause};
use secrecy::{ExposeSecret, SecretString};
use sqlx::PgConnection;
use uuid::Uuid;

/// Makes an endpoint.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn insert(
    db: &mut PgConnection,
    id: Uuid,
    url: &str,
    types: &[NoticeType],
    secret: &SecretString,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO endpoints (id, url, types, secret) VALUES ($1, $2, $3, $4)",
        id,
        url,
        &words(types),
        secret.expose_secret()
    )
    .execute(db)
    .await
    .map(drop)
}

/// Locks an endpoint, and returns its version and whether it is paused; `None` when there is none.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn lock(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<(i64, bool)>> {
    let row = sqlx::query!(
        r#"SELECT version, paused_at IS NOT NULL AS "paused!" FROM endpoints WHERE id = $1 FOR UPDATE"#,
        id
    );
    Ok(row.fetch_optional(db).await?.map(|row| (row.version, row.paused)))
}

/// Changes where it is and what it is told; `None` stays. What happened before it wanted other types is not told.
/// Returns the new version.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn update(
    db: &mut PgConnection,
    id: Uuid,
    url: Option<&str>,
    types: Option<&[NoticeType]>,
) -> sqlx::Result<i64> {
    let types = types.map(words);
    sqlx::query_scalar!(
        "UPDATE endpoints SET url = coalesce($2, url), types = coalesce($3, types),
                wants_since = CASE WHEN coalesce($3::text[], types) <@ types THEN wants_since ELSE now() END, version = version + 1
         WHERE id = $1 RETURNING version",
        id,
        url,
        types.as_deref()
    )
    .fetch_one(db)
    .await
}

/// Pauses it: its notices wait.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn pause(db: &mut PgConnection, id: Uuid) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE endpoints SET paused_at = now(), paused_why = $2 WHERE id = $1 AND paused_at IS NULL",
        id,
        PauseCause::Organiser.word()
    )
    .execute(db)
    .await
    .map(drop)
}

/// Ends its pause: it goes on where it stopped, at once, and everything that waits has its whole time again.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn resume(db: &mut PgConnection, id: Uuid) -> sqlx::Result<()> {
    let resumed = sqlx::query!(
        "UPDATE endpoints SET paused_at = NULL, paused_why = NULL, resumed_at = now(), failures = 0,
                              failing_since = NULL, held_until = NULL
         WHERE id = $1 AND paused_at IS NOT NULL",
        id
    );
    if resumed.execute(&mut *db).await?.rows_affected() == 0 {
        return Ok(());
    }
    sqlx::query!(
        "UPDATE deliveries SET next_try_at = now() WHERE endpoint_id = $1 AND state = 'waiting' AND next_try_at > now()",
        id
    )
    .execute(db)
    .await
    .map(drop)
}

/// Gives it a new secret. The one before signs for a while longer, and so does what still signed beside that, three at
/// most: nobody knows which of them the receiver has. Returns the new version.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn rotate(db: &mut PgConnection, id: Uuid, secret: &SecretString, overlap: Duration) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        "UPDATE endpoints SET secret = $2, old_secret = secret, old_secret_until = now() + make_interval(secs => $3),
                older_secrets = CASE WHEN old_secret_until > now() THEN (array_prepend(old_secret, older_secrets))[1:3] ELSE '{}' END,
                version = version + 1
         WHERE id = $1 RETURNING version",
        id,
        secret.expose_secret(),
        overlap.as_secs_f64()
    )
    .fetch_one(db)
    .await
}

/// Removes it, and returns where it was; `None` when there is none. Its deliveries are forgotten later.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn remove(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!("DELETE FROM endpoints WHERE id = $1 RETURNING url", id).fetch_optional(db).await
}

fn words(types: &[NoticeType]) -> Vec<String> {
    types.iter().map(|kind| kind.word().to_owned()).collect()
}
