//! What waits, and for how long: for operators.

use std::collections::BTreeMap;

use sale::ids::EventId;
use sale::notice::PauseCause;
use sale::payment::{PaymentState, RefundState};
use sqlx::PgPool;

use crate::notifications::Channel;
use crate::to_u64;
use crate::word_column::Column;

/// How far the record of an event has come.
#[derive(Clone, Copy, Debug)]
pub struct LineLag {
    /// Which event.
    pub event: EventId,
    /// The last round recorded.
    pub seq: u64,
    /// Since the record last moved, in seconds.
    pub still_s: f64,
}

/// What waits for one step.
#[derive(Clone, Copy, Debug, Default)]
pub struct Backlog {
    /// How many.
    pub count: i64,
    /// The age of the oldest, in seconds; zero when there is none.
    pub oldest_s: f64,
}

/// The lines of sales that have decided anything, and are not long settled.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn lines(pool: &PgPool) -> sqlx::Result<Vec<LineLag>> {
    let rows = sqlx::query!(
        r#"SELECT l.event_id, l.seq, EXTRACT(EPOCH FROM now() - l.updated_at)::float8 AS "still_s!"
           FROM event_lines l JOIN sale_events e ON e.id = l.event_id
           WHERE l.seq > 0 AND coalesce(e.settled_at, now()) > now() - interval '1 hour'"#
    )
    .fetch_all(pool)
    .await?;
    let lines = rows.into_iter().map(|row| LineLag {
        event: EventId(row.event_id),
        seq: to_u64(row.seq),
        still_s: row.still_s,
    });
    Ok(lines.collect())
}

/// Payments that are owed a step, by state. A state that none is in is absent.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn payments(pool: &PgPool) -> sqlx::Result<BTreeMap<PaymentState, Backlog>> {
    // The states stand here as words, for the sake of the partial index.
    let rows = sqlx::query!(
        r#"SELECT state AS "state: Column<PaymentState>", count(*) AS "count!",
                  EXTRACT(EPOCH FROM now() - min(created_at))::float8 AS "oldest_s!"
           FROM payments
           WHERE state IN ('requested', 'authorising', 'pending', 'action_needed', 'confirming', 'capturing', 'voiding')
           GROUP BY state"#
    )
    .fetch_all(pool)
    .await?;
    let waiting = rows.into_iter().map(|row| (row.state.0, Backlog { count: row.count, oldest_s: row.oldest_s }));
    Ok(waiting.collect())
}

/// Refunds of which it is not decided what became of the money, by state. A state that none is in is absent.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn refunds(pool: &PgPool) -> sqlx::Result<BTreeMap<RefundState, Backlog>> {
    // The states stand here as words, for the sake of the partial index.
    let rows = sqlx::query!(
        r#"SELECT state AS "state: Column<RefundState>", count(*) AS "count!",
                  EXTRACT(EPOCH FROM now() - min(created_at))::float8 AS "oldest_s!"
           FROM refunds WHERE state IN ('requested', 'pending', 'needs_attention') GROUP BY state"#
    )
    .fetch_all(pool)
    .await?;
    let waiting = rows.into_iter().map(|row| (row.state.0, Backlog { count: row.count, oldest_s: row.oldest_s }));
    Ok(waiting.collect())
}

/// Messages in the outbox that are due.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn outbox(pool: &PgPool) -> sqlx::Result<Backlog> {
    sqlx::query_as!(
        Backlog,
        r#"SELECT count(*) AS "count!",
                  COALESCE(EXTRACT(EPOCH FROM now() - min(due_at)), 0)::float8 AS "oldest_s!"
           FROM outbox WHERE due_at <= now()"#
    )
    .fetch_one(pool)
    .await
}

/// Sales that have opened, and wait for the order of their draw. A paused one waits for its organiser; one with nobody in its
/// lobby does not wait.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn draws(pool: &PgPool) -> sqlx::Result<Backlog> {
    sqlx::query_as!(
        Backlog,
        r#"SELECT count(*) AS "count!", COALESCE(EXTRACT(EPOCH FROM now() - min(e.opens_at)), 0)::float8 AS "oldest_s!"
           FROM draws d JOIN sale_events e ON e.id = d.event_id JOIN event_lines l ON l.event_id = d.event_id
           WHERE d.ordered_at IS NULL AND e.lobby_opens_at IS NOT NULL AND e.scheduled AND e.stopped_at IS NULL
             AND e.settled_at IS NULL AND e.opens_at <= now()
             AND (l.head #>> '{lobby,closed}' IS DISTINCT FROM 'true' OR l.head #>> '{lobby,entered}' <> '0')
             AND NOT EXISTS (SELECT FROM event_pauses p WHERE p.event_id = e.id AND p.resumed_at IS NULL)"#
    )
    .fetch_one(pool)
    .await
}

/// Mails that wait to be sent and have not expired.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn mails(pool: &PgPool) -> sqlx::Result<Backlog> {
    sqlx::query_as!(
        Backlog,
        r#"SELECT count(*) AS "count!",
                  COALESCE(EXTRACT(EPOCH FROM now() - min(created_at)), 0)::float8 AS "oldest_s!"
           FROM mails WHERE expires_at > now()"#
    )
    .fetch_one(pool)
    .await
}

/// Notifications by these channels that are due and have not expired.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn notifications(pool: &PgPool, channels: &[Channel]) -> sqlx::Result<Backlog> {
    let channels: Vec<&str> = channels.iter().map(|channel| channel.word()).collect();
    sqlx::query_as!(
        Backlog,
        r#"SELECT count(*) AS "count!",
                  COALESCE(EXTRACT(EPOCH FROM now() - min(due_at)), 0)::float8 AS "oldest_s!"
           FROM notifications WHERE channel = ANY($1) AND ended_at IS NULL AND due_at <= now() AND expires_at > now()"#,
        &channels as _
    )
    .fetch_one(pool)
    .await
}

/// What endpoints are still to be told: those that are open, and those that are paused.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deliveries {
    /// Goes on by itself.
    pub open: Backlog,
    /// Waits until its endpoint is resumed.
    pub paused: Backlog,
}

/// Deliveries that wait.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn deliveries(pool: &PgPool) -> sqlx::Result<Deliveries> {
    let rows = sqlx::query!(
        r#"SELECT e.paused_at IS NOT NULL AS "paused!", count(*) AS "count!",
                  EXTRACT(EPOCH FROM now() - min(d.created_at))::float8 AS "oldest_s!"
           FROM deliveries d JOIN endpoints e ON e.id = d.endpoint_id WHERE d.state = 'waiting' GROUP BY 1"#
    )
    .fetch_all(pool)
    .await?;
    let backlog = |paused: bool| {
        let found = rows.iter().find(|row| row.paused == paused);
        found.map_or_else(Backlog::default, |row| Backlog { count: row.count, oldest_s: row.oldest_s })
    };
    Ok(Deliveries { open: backlog(false), paused: backlog(true) })
}

/// How many endpoints there are, by why they are paused, if they are.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn endpoints(pool: &PgPool) -> sqlx::Result<BTreeMap<Option<PauseCause>, i64>> {
    let rows = sqlx::query!(
        r#"SELECT paused_why AS "why: Column<PauseCause>", count(*) AS "count!" FROM endpoints GROUP BY paused_why"#
    );
    Ok(rows.fetch_all(pool).await?.into_iter().map(|row| (row.why.map(|why| why.0), row.count)).collect())
}
