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

/// What a process says of itself.
#[derive(Clone, Debug)]
pub struct Itself {
    /// Which.
    pub id: Uuid,
    /// Of which service.
    pub service: &'static str,
    /// The name of its machine, where that is known.
    pub host: Option<String>,
    /// Of Flashline.
    pub version: &'static str,
}

/// Says that a process lives and what it lacks to be ready, and reads who else lives.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn beat(pool: &PgPool, me: &Itself, lacks: &[String]) -> sqlx::Result<Vec<Member>> {
    let Itself { id, service, host, version } = me;
    sqlx::query!(
        "INSERT INTO members (service, id, host, version, started_at, lacks) VALUES ($1, $2, $3, $4, now(), $5)
         ON CONFLICT (service, id) DO UPDATE SET seen_at = now(), lacks = EXCLUDED.lacks",
        service,
        id,
        host.as_deref(),
        version,
        lacks
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

/// A process that was heard of within the last minute, as it says.
#[derive(Clone, Debug)]
pub struct Process {
    /// Which.
    pub id: Uuid,
    /// Of which service.
    pub service: String,
    /// The name of its machine.
    pub host: Option<String>,
    /// Of Flashline.
    pub version: Option<String>,
    /// When it began to say that it lives.
    pub started_at: Option<DateTime<Utc>>,
    /// What it lacked to be ready when it was last heard.
    pub lacks: Option<Vec<String>>,
    /// How long ago it was last heard, in milliseconds by the database's clock.
    pub heard_ms_ago: i64,
    /// Whether that was within the last seconds.
    pub is_recent: bool,
}

/// The processes of all services, by service and age; `limit` at most.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn processes(pool: &PgPool, limit: i64) -> sqlx::Result<Vec<Process>> {
    sqlx::query_as!(
        Process,
        r#"SELECT id, service, host, version, started_at, lacks,
                  (EXTRACT(EPOCH FROM now() - seen_at) * 1000)::bigint AS "heard_ms_ago!",
                  seen_at > now() - make_interval(secs => $1) AS "is_recent!"
           FROM members ORDER BY service, started_at, id LIMIT $2"#,
        RECENT_S,
        limit
    )
    .fetch_all(pool)
    .await
}
