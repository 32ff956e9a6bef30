//! The line of each event, as the record knows it: who may write, how far the record has come, when nothing is owed
//! any more.

use sale::ids::EventId;
use sale::position::Position;
use sale::record::Head;
use sqlx::PgPool;
use sqlx::types::Json;

use crate::{to_i64, to_u64};

/// How far the record of an event has come.
pub struct Recorded {
    /// The newest epoch claimed.
    pub epoch: u64,
    /// The newest epoch whose barrier is recorded: rounds of older ones are refused.
    pub barrier_epoch: u64,
    /// The incarnation of the inventory.
    pub incarnation: u64,
    /// The last round recorded; zero before the first.
    pub seq: u64,
    /// The event as that round left it.
    pub head: Option<Head>,
}

impl Recorded {
    /// Epoch and number of the last round recorded; the incarnation that was begun last.
    pub fn position(&self) -> Position {
        let epoch = self.head.as_ref().map_or(0, |head| head.epoch);
        Position { epoch, incarnation: self.incarnation, seq: self.seq }
    }
}

/// The newest epoch claimed; zero before the first.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn newest_epoch(pool: &PgPool, event: EventId) -> sqlx::Result<u64> {
    let epoch = sqlx::query_scalar!("SELECT epoch FROM event_lines WHERE event_id = $1", event.0);
    Ok(epoch.fetch_optional(pool).await?.map_or(0, to_u64))
}

/// What became of a claim on an event's line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The line is the claimer's, under this epoch.
    Granted(u64),
    /// Another writer has claimed it since the claimer looked.
    Overtaken,
    /// The sale's rules are newer than those that the claimer knows: it may be paused.
    RulesOutdated,
}

/// Claims the next epoch, only if `observed` is still the newest, and the sale's rules are still of `version`.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn claim_epoch(pool: &PgPool, event: EventId, observed: u64, version: i64) -> sqlx::Result<Claim> {
    let claim = sqlx::query!(
        r#"WITH rules AS (SELECT FROM sale_events WHERE id = $1 AND version = $3),
                claimed AS (INSERT INTO event_lines (event_id, epoch) SELECT $1, 1 FROM rules
                            ON CONFLICT (event_id) DO UPDATE SET epoch = event_lines.epoch + 1
                            WHERE event_lines.epoch = $2
                            RETURNING epoch)
           SELECT EXISTS (SELECT FROM rules) AS "current!", (SELECT epoch FROM claimed) AS epoch"#,
        event.0,
        to_i64(observed),
        version
    )
    .fetch_one(pool)
    .await?;
    Ok(match claim.epoch {
        Some(epoch) => Claim::Granted(to_u64(epoch)),
        None if claim.current => Claim::Overtaken,
        None => Claim::RulesOutdated,
    })
}

/// How far the record has come of an event that was claimed.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn recorded(pool: &PgPool, event: EventId) -> sqlx::Result<Recorded> {
    let row = sqlx::query!(
        r#"SELECT epoch, barrier_epoch, incarnation, seq, head AS "head: Json<Head>"
           FROM event_lines WHERE event_id = $1"#,
        event.0
    )
    .fetch_one(pool)
    .await?;
    Ok(Recorded {
        epoch: to_u64(row.epoch),
        barrier_epoch: to_u64(row.barrier_epoch),
        incarnation: to_u64(row.incarnation),
        seq: to_u64(row.seq),
        head: row.head.map(|head| head.0),
    })
}

/// The last round recorded; `None` for an event that was never claimed.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn recorded_seq(pool: &PgPool, event: EventId) -> sqlx::Result<Option<u64>> {
    let seq = sqlx::query_scalar!("SELECT seq FROM event_lines WHERE event_id = $1", event.0);
    Ok(seq.fetch_optional(pool).await?.map(to_u64))
}

/// An event as its last recorded round left it, and how many units it ever granted; `None` before its first round.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn last_head(pool: &PgPool, event: EventId) -> sqlx::Result<Option<(Head, u64)>> {
    let row = sqlx::query!(
        r#"SELECT head AS "head: Json<Head>", granted_units FROM event_lines WHERE event_id = $1"#,
        event.0
    );
    let row = row.fetch_optional(pool).await?;
    Ok(row.and_then(|row| Some((row.head?.0, to_u64(row.granted_units)))))
}

/// Begins a new incarnation of an event's inventory; `None` when a newer writer has claimed the event.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn begin_incarnation(pool: &PgPool, event: EventId, epoch: u64) -> sqlx::Result<Option<u64>> {
    let incarnation = sqlx::query_scalar!(
        "UPDATE event_lines SET incarnation = incarnation + 1 WHERE event_id = $1 AND epoch = $2 RETURNING incarnation",
        event.0,
        to_i64(epoch)
    );
    Ok(incarnation.fetch_optional(pool).await?.map(to_u64))
}

/// Says that a sale is settled, unless the record knows of anything still owed, or has not come as far as `head`. Only
/// for the version of the rules that the caller judged by.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn settle(pool: &PgPool, event: EventId, version: i64, head: &Head) -> sqlx::Result<()> {
    sqlx::query!(
        r#"UPDATE sale_events e SET settled_at = coalesce(settled_at, now()), version = version + (settled_at IS NULL)::int
           WHERE e.id = $1 AND (e.version = $2 OR settled_at IS NOT NULL)
             AND EXISTS (SELECT FROM event_lines l WHERE l.event_id = e.id AND l.seq = $3)
             AND NOT EXISTS (SELECT FROM reservations r WHERE r.event_id = e.id AND r.state IN ('active', 'standby'))
             AND NOT EXISTS (SELECT FROM payments p WHERE p.event_id = e.id AND p.state IN
                             ('requested', 'authorising', 'pending', 'action_needed', 'confirming', 'capturing', 'voiding'))
             AND NOT EXISTS (SELECT FROM refunds f JOIN orders o ON o.id = f.order_id
                             WHERE o.event_id = e.id AND (f.state IN ('requested', 'pending', 'needs_attention')
                               OR (f.state = 'refunded' AND f.put_back AND f.put_back_at IS NULL)))
             AND NOT EXISTS (SELECT FROM outbox b WHERE b.event_id = e.id)"#,
        event.0,
        version,
        to_i64(head.seq)
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// How long a sale stays with all services once nothing is owed any more: its line goes on as long, and then it may be
/// cleared away. Before that it stays, whatever the clock says.
pub const KEEP_SETTLED_DAYS: i32 = 7;
/// How long after that everybody has noticed that it is gone.
const NOTICED_WITHIN_MINUTES: i32 = 10;
/// Sales cleared away in one look at most.
const CLEARED_AT_ONCE_MAX: i64 = 50;

/// Sales whose line and inventory may be cleared away, the longest settled first.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn due_for_clearing(pool: &PgPool) -> sqlx::Result<Vec<EventId>> {
    let due = sqlx::query_scalar!(
        "SELECT id FROM sale_events
         WHERE cleared_at IS NULL AND settled_at < now() - make_interval(days => $1, mins => $2)
         ORDER BY settled_at LIMIT $3",
        KEEP_SETTLED_DAYS,
        NOTICED_WITHIN_MINUTES,
        CLEARED_AT_ONCE_MAX
    );
    Ok(due.fetch_all(pool).await?.into_iter().map(EventId).collect())
}

/// Says that something is owed by a settled sale after all: all services take it up again.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn unsettle(pool: &PgPool, event: EventId) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE sale_events SET settled_at = NULL, version = version + 1 WHERE id = $1 AND cleared_at IS NULL",
        event.0
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Says that line and inventory of a sale are cleared away; whether it was still settled.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn mark_cleared(pool: &PgPool, event: EventId) -> sqlx::Result<bool> {
    let cleared = sqlx::query!(
        "UPDATE sale_events SET cleared_at = now(), version = version + 1 WHERE id = $1 AND settled_at IS NOT NULL",
        event.0
    );
    Ok(cleared.execute(pool).await?.rows_affected() > 0)
}
