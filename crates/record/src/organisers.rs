//! Whose calls and sessions those of organisers are: an API token's, or a person's.

use sale::role::Role;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// Who an organiser is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Organiser {
    /// A program, or a person without an account: an API token.
    Token(Uuid),
    /// A person with an account.
    Person(Uuid),
}

impl Organiser {
    /// The token, if it is one.
    pub fn token(self) -> Option<Uuid> {
        match self {
            Self::Token(id) => Some(id),
            Self::Person(_) => None,
        }
    }

    /// The person, if it is one.
    pub fn person(self) -> Option<Uuid> {
        match self {
            Self::Person(id) => Some(id),
            Self::Token(_) => None,
        }
    }
}

/// Waits for others who give somebody this name at the moment, until the transaction ends: people and tokens share their names, and
/// stand in tables of their own.
///
/// # Errors
/// When PostgreSQL does not answer.
pub(crate) async fn hold_name(transaction: &mut PgConnection, name: &str) -> sqlx::Result<()> {
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended('organiser ' || lower($1), 0))", name)
        .execute(transaction)
        .await
        .map(drop)
}

/// The hour that a pace is counted in, in seconds.
const PACE_S: f64 = 3_600.0;

/// Lets an organiser do something that they may do `per_hour` times at once, and as often an hour; or says in how many seconds they may.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn pace(transaction: &mut PgConnection, of: Organiser, per_hour: u32) -> sqlx::Result<Option<u32>> {
    let (Organiser::Token(id) | Organiser::Person(id)) = of;
    let step = PACE_S / f64::from(per_hour.max(1));
    // All of it comes back in the hour; half a second is left to rounding.
    let taken = sqlx::query!(
        "INSERT INTO organiser_paces AS p (organiser_id, whole_at) VALUES ($1, now() + make_interval(secs => $2))
         ON CONFLICT (organiser_id) DO UPDATE SET whole_at = greatest(p.whole_at, now()) + make_interval(secs => $2)
         WHERE greatest(p.whole_at, now()) + make_interval(secs => $2) <= now() + make_interval(secs => $3::float8 + 0.5)",
        id,
        step,
        PACE_S
    );
    if taken.execute(&mut *transaction).await?.rows_affected() > 0 {
        return Ok(None);
    }
    let wait = sqlx::query_scalar!(
        r#"SELECT ceil(extract(epoch FROM whole_at - now()) + $2::float8 - $3::float8)::int AS "wait!" FROM organiser_paces
           WHERE organiser_id = $1"#,
        id,
        step,
        PACE_S
    );
    let wait = wait.fetch_optional(transaction).await?.unwrap_or_default();
    Ok(Some(u32::try_from(wait).unwrap_or_default().max(1)))
}

/// Forgets the paces of who may do all of it again, `rows_max` at most.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn forget_paces(pool: &PgPool, rows_max: i64) -> sqlx::Result<()> {
    sqlx::query!(
        "DELETE FROM organiser_paces WHERE organiser_id IN (
           SELECT organiser_id FROM organiser_paces WHERE whole_at < now() LIMIT $1)",
        rows_max
    )
    .execute(pool)
    .await
    .map(drop)
}

/// Whether an organiser still is one of this role; and keeps it so until the transaction ends.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn hold(transaction: &mut PgConnection, organiser: Organiser, role: Role) -> sqlx::Result<bool> {
    let held = match organiser {
        Organiser::Token(id) => {
            sqlx::query_scalar!(
                "SELECT id FROM api_tokens
                 WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()) FOR SHARE",
                id
            )
            .fetch_optional(transaction)
            .await?
        }
        Organiser::Person(id) => {
            sqlx::query_scalar!(
                "SELECT id FROM people
                 WHERE id = $1 AND joined_at IS NOT NULL AND disabled_at IS NULL AND role = $2 FOR SHARE",
                id,
                role.word()
            )
            .fetch_optional(transaction)
            .await?
        }
    };
    Ok(held.is_some())
}
