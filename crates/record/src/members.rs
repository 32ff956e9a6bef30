//! Which processes live: each says so every second.

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use uuid::Uuid;

/// Not heard of for this long, a process may be dead, in seconds.
const RECENT_S: f64 = 3.5;
/// How long a dead process's row is kept, in seconds.
const FORGET_AFTER_S: f64 = 60.0;

/// A process of a service.
pub struct Member {
    /// Which.
    pub id: Uuid,
    /// When it last said that it lives.
    pub seen_at: DateTime<Utc>,
    /// Whether that was within the last seconds, by the database's clock.
    pub is_recent: bool,
}

/// Says that a process lives, and reads who else does.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn beat(pool: &PgPool, service: &str, me: Uuid) -> sqlx::Result<Vec<Member>> {
    sqlx::query!(
        "INSERT INTO members (service, id) VALUES ($1, $2)
         ON CONFLICT (service, id) DO UPDATE SET seen_at = now()",
        service,
        me
    )
    .execute(pool)
    .await?;
    let members = sqlx::query_as!(
        Member,
        r#"SELECT id, seen_at, seen_at > now() - make_interval(secs => $2) AS "is_recent!"
           FROM members WHERE service = $1"#,
        service,
        RECENT_S
    );
    members.fetch_all(pool).await
}

/// Forgets processes that were not heard of for a minute.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn forget_dead(pool: &PgPool, service: &str) -> sqlx::Result<()> {
    sqlx::query!(
        "DELETE FROM members WHERE service = $1 AND seen_at < now() - make_interval(secs => $2)",
        service,
        FORGET_AFTER_S
    )
    .execute(pool)
    .await
    .map(drop)
}

/// Says that a process is about to end.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn leave(pool: &PgPool, service: &str, me: Uuid) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM members WHERE service = $1 AND id = $2", service, me).execute(pool).await.map(drop)
}

/// How many processes of a service were heard of within the last seconds.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn count_living(pool: &PgPool, service: &str) -> sqlx::Result<u64> {
    let living = sqlx::query_scalar!(
        r#"SELECT count(*) AS "living!" FROM members
           WHERE service = $1 AND seen_at > now() - make_interval(secs => $2)"#,
        service,
        RECENT_S
    );
    Ok(crate::to_u64(living.fetch_one(pool).await?))
}
