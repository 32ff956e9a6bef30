//! What waits: looked up every few seconds, for operators. Every order-worker shows the same, for there is one
//! record.

use std::time::Duration;

use broker::topology;
use record::to_u64;
use sale::ids::EventId;
use tokio_util::sync::CancellationToken;

use crate::{Context, meters};

const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Looks until told to stop.
pub(crate) async fn run(context: Context, shutdown: CancellationToken) -> anyhow::Result<()> {
    while tokio::time::timeout(LOOK_EVERY, shutdown.cancelled()).await.is_err() {
        // Each on its own: one server that is away must not hide what the others say.
        let looks = [look_at_lines(&context).await, look_at_money(&context).await, look_at_parked(&context).await];
        for error in looks.into_iter().filter_map(Result::err) {
            retry::again("watch");
            tracing::debug!(error = format!("{error:#}"), "could not look at what waits");
        }
    }
    Ok(())
}

/// How far the record is behind Redis.
async fn look_at_lines(context: &Context) -> anyhow::Result<()> {
    let lines = sqlx::query!(
        r#"SELECT l.event_id, l.seq, EXTRACT(EPOCH FROM now() - l.updated_at)::float8 AS "still_s!"
           FROM event_lines l JOIN sale_events e ON e.id = l.event_id
           WHERE l.seq > 0 AND coalesce(e.settled_at, now()) > now() - interval '1 hour'"#
    )
    .fetch_all(&context.pool)
    .await?;
    let mut redis = context.redis.clone();
    let (mut rounds, mut seconds) = (Vec::new(), Vec::new());
    for line in lines {
        let event = EventId(line.event_id);
        let head = inventory::read_head(&mut redis, event).await?;
        let behind = head.map_or(0, |head| head.seq.saturating_sub(to_u64(line.seq)));
        rounds.push((event, behind as f64));
        seconds.push((event, if behind > 0 { line.still_s } else { 0.0 }));
    }
    meters::BEHIND_ROUNDS.show(rounds);
    meters::BEHIND_SECONDS.show(seconds);
    Ok(())
}

/// Payments, refunds and the outbox.
async fn look_at_money(context: &Context) -> anyhow::Result<()> {
    let payments = sqlx::query!(
        r#"SELECT state, count(*) AS "count!", EXTRACT(EPOCH FROM now() - min(created_at))::float8 AS "oldest_s!"
           FROM payments
           WHERE state IN ('requested', 'authorising', 'authorised', 'confirming', 'capturing', 'voiding')
           GROUP BY state"#
    )
    .fetch_all(&context.pool)
    .await?;
    for state in meters::STATES {
        let found = payments.iter().find(|row| row.state == state);
        meters::PAYMENTS.set(state, found.map_or(0.0, |row| row.count as f64));
        meters::PAYMENTS_OLDEST.set(state, found.map_or(0.0, |row| row.oldest_s));
    }
    let refunds = sqlx::query!(
        r#"SELECT state, count(*) AS "count!", EXTRACT(EPOCH FROM now() - min(created_at))::float8 AS "oldest_s!"
           FROM refunds WHERE state IN ('requested', 'pending') GROUP BY state"#
    )
    .fetch_all(&context.pool)
    .await?;
    for state in meters::REFUND_STATES {
        let found = refunds.iter().find(|row| row.state == state);
        meters::REFUNDS_WAITING.set(state, found.map_or(0.0, |row| row.count as f64));
        meters::REFUNDS_OLDEST.set(state, found.map_or(0.0, |row| row.oldest_s));
    }
    let waiting = sqlx::query!(
        r#"SELECT count(*) AS "outbox!",
                  COALESCE(EXTRACT(EPOCH FROM now() - min(created_at)), 0)::float8 AS "outbox_oldest_s!"
           FROM outbox"#
    )
    .fetch_one(&context.pool)
    .await?;
    meters::OUTBOX.set(waiting.outbox as f64);
    meters::OUTBOX_OLDEST.set(waiting.outbox_oldest_s);
    Ok(())
}

/// What nobody could handle, the broker's dead letters included.
async fn look_at_parked(context: &Context) -> anyhow::Result<()> {
    let messages = topology::messages(&context.broker, topology::PARKED).await?;
    meters::PARKED_MESSAGES.set(f64::from(messages));
    Ok(())
}
