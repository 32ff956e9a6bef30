//! What came of a try. Whoever comes too late, because the lease has run out, changes nothing but the list of tries.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sale::notice::{DeliveryState, PauseCause};
use sqlx::PgPool;

use super::Due;

/// Failures in a row after which an endpoint is only asked from time to time whether it is back.
pub(super) const FAILURES_HELD: i32 = 5;
/// The longest between two such questions, in seconds.
const HELD_LONGEST_S: f64 = 60.0;

/// What an endpoint said to a try, or why it said nothing.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// When it was called.
    pub at: DateTime<Utc>,
    /// How long that took.
    pub took: Duration,
    /// The status of its answer.
    pub status: Option<u16>,
    /// The beginning of its answer.
    pub answer: Option<String>,
    /// Why there was no answer, or why it does not count.
    pub error: Option<String>,
}

/// How long is tried.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// A delivery; then it is given up.
    pub delivery: Duration,
    /// An endpoint that accepts nothing; then it is paused.
    pub endpoint: Duration,
}

/// What became of a delivery, and of its endpoint, by a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate {
    /// It is tried no more.
    pub given_up: bool,
    /// Its endpoint is paused now, and was not before.
    pub paused: Option<PauseCause>,
}

fn millis(took: Duration) -> i64 {
    i64::try_from(took.as_millis()).unwrap_or(i64::MAX)
}

/// The endpoint has accepted it: the next notice of the same subject is due.
///
/// # Errors
/// When PostgreSQL does not answer. Then it is sent again when its lease has run out.
pub async fn accepted(pool: &PgPool, due: &Due, said: &Said) -> sqlx::Result<()> {
    sqlx::query!(
        "WITH moved AS (
           UPDATE deliveries SET state = $3, ended_at = now()
           WHERE id = $1 AND state = 'waiting' AND tries = $2 RETURNING endpoint_id, subject),
         next AS (
           UPDATE deliveries d SET next_try_at = now() FROM moved m
           WHERE d.endpoint_id = m.endpoint_id AND d.subject = m.subject AND d.state = 'waiting' AND d.id <> $1
             AND d.next_try_at > now())
         INSERT INTO delivery_tries (delivery_id, at, duration_ms, status, answer)
         SELECT id, $4, $5, $6, $7 FROM deliveries WHERE id = $1 ON CONFLICT DO NOTHING",
        due.id,
        due.tries,
        DeliveryState::Accepted.word(),
        said.at,
        millis(said.took),
        said.status.map(i32::from),
        said.answer
    )
    .execute(pool)
    .await?;
    // By itself: who resumes an endpoint locks it before its deliveries.
    sqlx::query!(
        "UPDATE endpoints SET failures = 0, failing_since = NULL, held_until = NULL, last_accepted_at = now()
         WHERE id = $1
           AND (failures > 0 OR last_accepted_at IS NULL OR last_accepted_at < now() - interval '1 second')",
        due.endpoint
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// The endpoint has not accepted it: it is tried again after `again_after`, and what follows about the same subject not
/// before; unless it has been tried for long enough. An endpoint that is gone, or has accepted nothing for too long, is
/// paused.
///
/// # Errors
/// When PostgreSQL does not answer. Then it is sent again when its lease has run out.
pub async fn failed(
    pool: &PgPool,
    due: &Due,
    said: &Said,
    is_gone: bool,
    again_after: Duration,
    patience: Patience,
) -> sqlx::Result<Fate> {
    let given_up = sqlx::query_scalar!(
        r#"WITH moved AS (
             UPDATE deliveries d SET next_try_at = now() + make_interval(secs => $3),
               state = CASE WHEN o.is_over THEN $4 ELSE d.state END, ended_at = CASE WHEN o.is_over THEN now() END
             FROM (SELECT b.id, now() >= greatest(b.first_tried_at, e.resumed_at) + make_interval(secs => $5) AND NOT $6
                            AS is_over
                   FROM deliveries b JOIN endpoints e ON e.id = b.endpoint_id WHERE b.id = $1) o
             WHERE d.id = o.id AND d.state = 'waiting' AND d.tries = $2
             RETURNING d.endpoint_id, d.subject, o.is_over),
           next AS (
             UPDATE deliveries d
             SET next_try_at = CASE WHEN m.is_over THEN now()
                                    ELSE greatest(d.next_try_at, now() + make_interval(secs => $3)) END
             FROM moved m
             WHERE d.endpoint_id = m.endpoint_id AND d.subject = m.subject AND d.state = 'waiting' AND d.id <> $1),
           tried AS (
             INSERT INTO delivery_tries (delivery_id, at, duration_ms, status, answer, error)
             SELECT id, $7, $8, $9, $10, $11 FROM deliveries WHERE id = $1 ON CONFLICT DO NOTHING)
           SELECT coalesce((SELECT is_over FROM moved), false) AS "given_up!""#,
        due.id,
        due.tries,
        again_after.as_secs_f64(),
        DeliveryState::GivenUp.word(),
        patience.delivery.as_secs_f64(),
        is_gone,
        said.at,
        millis(said.took),
        said.status.map(i32::from),
        said.answer,
        said.error
    )
    .fetch_one(pool)
    .await?;
    let paused = if is_gone { PauseCause::Gone } else { PauseCause::Failing };
    let newly_paused = sqlx::query_scalar!(
        r#"UPDATE endpoints e SET failing_since = coalesce(e.failing_since, now()),
             failures = e.failures + (e.held_until IS NULL OR e.held_until <= now())::int,
             held_until = CASE WHEN e.held_until > now() THEN e.held_until
                               WHEN e.failures + 1 >= $2 THEN now() + make_interval(
                                 secs => least(2 ^ least(e.failures + 1 - $2, 10), $3) * (0.5 + random() / 2)) END,
             paused_at = CASE WHEN e.paused_at IS NULL AND p.is_due THEN now() ELSE e.paused_at END,
             paused_why = CASE WHEN e.paused_at IS NULL AND p.is_due THEN $4 ELSE e.paused_why END,
             version = e.version + (e.paused_at IS NULL AND p.is_due)::int
           FROM (SELECT id, $5 OR coalesce(failing_since <= now() - make_interval(secs => $6), false) AS is_due
                 FROM endpoints WHERE id = $1) p
           WHERE e.id = p.id RETURNING e.paused_at IS NOT DISTINCT FROM now() AS "newly!""#,
        due.endpoint,
        FAILURES_HELD,
        HELD_LONGEST_S,
        paused.word(),
        is_gone,
        patience.endpoint.as_secs_f64()
    )
    .fetch_optional(pool)
    .await?;
    Ok(Fate { given_up, paused: newly_paused.is_some_and(|newly| newly).then_some(paused) })
}
