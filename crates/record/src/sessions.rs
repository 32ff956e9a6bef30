//! Sessions that were ended by signing out.

use chrono::{DateTime, Utc};
use sale::ids::{SessionId, ShopperId};
use sale::time::UnixMs;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// Rows that are read at most: those that are kept for longest. Beyond, doors end no more sessions.
pub const ENDED_MAX: usize = 1_000_000;
/// So long before the latest row that was read, further ones are looked for again: it is longer than a statement may take, and
/// one that began earlier may be seen later.
const OVERLAP_S: f64 = 60.0;

/// What was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// One session of a shopper.
    One(ShopperId, SessionId),
    /// All sessions of a shopper.
    All(ShopperId),
}

impl Ended {
    /// What the row is known by: no session has the id of a shopper.
    pub fn id(self) -> Uuid {
        match self {
            Self::One(_, session) => session.0,
            Self::All(shopper) => shopper.0,
        }
    }

    fn shopper(self) -> ShopperId {
        match self {
            Self::One(shopper, _) | Self::All(shopper) => shopper,
        }
    }
}

/// A row, as doors and notifiers keep it.
#[derive(Clone, Copy, Debug)]
pub struct EndedRow {
    /// The session; or the shopper, where all of theirs were ended.
    pub id: Uuid,
    /// Ended are sessions that began by then.
    pub until: UnixMs,
    /// When it concerns no token any more.
    pub kept_until: UnixMs,
    /// When it was written, by the database's clock.
    pub ended_at: DateTime<Utc>,
}

/// Ends sessions that began by then, and removes the browsers that were subscribed in them: nothing is pushed there any more. Once
/// this has returned, it stands.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn end(pool: &PgPool, ended: Ended, until: UnixMs, kept_until: UnixMs) -> sqlx::Result<()> {
    let mut transaction = pool.begin().await?;
    one_at_a_time(&mut transaction, ended.shopper()).await?;
    sqlx::query!(
        "INSERT INTO ended_sessions (id, shopper_id, until, kept_until) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET
           until = greatest(ended_sessions.until, excluded.until), ended_at = now(),
           kept_until = greatest(ended_sessions.kept_until, excluded.kept_until)",
        ended.id(),
        ended.shopper().0,
        clock::to_utc(until),
        clock::to_utc(kept_until)
    )
    .execute(&mut *transaction)
    .await?;
    let session = match ended {
        Ended::One(_, session) => Some(session.0),
        Ended::All(_) => None,
    };
    sqlx::query!(
        "DELETE FROM notification_subscriptions
         WHERE shopper_id = $1 AND channel = 'push' AND ($2::uuid IS NULL OR session_id = $2)",
        ended.shopper().0,
        session
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

/// A session, as it is known by who asks in it.
#[derive(Clone, Copy, Debug)]
pub struct Asking {
    /// Whose it is.
    pub shopper: ShopperId,
    /// Which.
    pub session: SessionId,
    /// When it began.
    pub began: UnixMs,
}

/// Whether a session was ended, by this process or another: until the end of the transaction nobody ends it.
pub(crate) async fn has_ended(transaction: &mut PgConnection, asking: &Asking) -> sqlx::Result<bool> {
    one_at_a_time(transaction, asking.shopper).await?;
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM ended_sessions WHERE id IN ($1, $2) AND until >= $3) AS "has!""#,
        asking.session.0,
        asking.shopper.0,
        clock::to_utc(asking.began)
    )
    .fetch_one(transaction)
    .await
}

/// What is done in a session and what ends it do not see each other otherwise.
async fn one_at_a_time(transaction: &mut PgConnection, shopper: ShopperId) -> sqlx::Result<()> {
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended('sessions ' || $1::uuid::text, 0))", shopper.0)
        .execute(transaction)
        .await
        .map(drop)
}

/// The rows since the latest that is known, some of those before it again; all, where none is. The newest come last.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn ended(pool: &PgPool, latest: Option<DateTime<Utc>>) -> sqlx::Result<Vec<EndedRow>> {
    let rows = sqlx::query!(
        "SELECT id, until, kept_until, ended_at FROM (
           SELECT id, until, kept_until, ended_at FROM ended_sessions
           WHERE kept_until > now() AND ended_at >= coalesce($1::timestamptz - make_interval(secs => $2), '-infinity'::timestamptz)
           ORDER BY kept_until DESC LIMIT $3) AS kept
         ORDER BY ended_at",
        latest,
        OVERLAP_S,
        i64::try_from(ENDED_MAX).unwrap_or(i64::MAX)
    )
    .fetch_all(pool)
    .await?;
    let rows = rows.into_iter().map(|row| EndedRow {
        id: row.id,
        until: clock::from_utc(row.until),
        kept_until: clock::from_utc(row.kept_until),
        ended_at: row.ended_at,
    });
    Ok(rows.collect())
}
