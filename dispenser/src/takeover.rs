//! Taking over an event: at the first delivery of a new subscription, which is the only sign that this
//! consumer is the active one.
//!
//! 1. Claim a new epoch in PostgreSQL, if nobody has since we subscribed and we know the newest rules, and in Redis:
//!    from here on older writers' commits are refused.
//!    In a sale of a series, wait until an older writer has claimed what it was about to: it finds that it has lost the line from
//!    then on, and what the record ends afterwards stays ended.
//! 2. Send a barrier down the path of the rounds and wait until it is recorded: from here on every round
//!    that an older writer published is recorded, or never will be.
//! 3. Compare. Redis behind the record: its inventory is lost or old, rebuild it. Otherwise announce again
//!    what was committed but is not recorded yet.

use std::time::Duration;

use record::lines::{self, Claim, Recorded};
use record::series;
use sale::ids::EventId;
use sale::record::Head;
use sale::report::{Barrier, Entry};
use sale::wire;
use sqlx::PgPool;
use tokio::time::Instant;

use crate::Context;
use crate::announcer::{Announcement, Announcer};
use crate::error::LineError;
use crate::{meters, rebuild};
use inventory::Inventory;

/// How long to wait for the order-worker to record the barrier, before starting over.
const BARRIER_TIMEOUT: Duration = Duration::from_secs(20);
const BARRIER_LOOK_EVERY: Duration = Duration::from_millis(20);

/// An event that is ours.
pub(crate) struct Claimed {
    pub(crate) inventory: Inventory,
    pub(crate) head: Head,
    pub(crate) announcer: Announcer,
    /// The last round that is recorded: the outbox keeps those after it.
    pub(crate) recorded_seq: u64,
}

/// `observed` is the newest epoch from before the subscription.
pub(crate) async fn take_over(context: &mut Context, event: EventId, observed: u64) -> Result<Claimed, LineError> {
    let started = Instant::now();
    // A writer's clock bounds the line's time: it must be right before the first round.
    record::follow_clock(&context.pool).await?;
    let epoch = claim_epoch(context, event, observed).await?;
    if let Some(series) = context.catalogue.get(event).and_then(|sale| sale.rules.series.as_ref().map(|it| it.id)) {
        series::wait_for_turn(&context.pool, series).await.map_err(LineError::Series)?;
    }
    let redis_head = inventory::claim(&mut context.redis, event, epoch).await?;

    let mut announcer = Announcer::open(&context.broker, event).await?;
    let barrier = wire::encode(&Entry::Barrier(Barrier { event, epoch }))?;
    announcer.announce(Announcement { entry: Some(barrier), ..Default::default() }).await?;
    announcer.confirmed().await?;
    let recorded = barrier_recorded(&context.pool, event, epoch).await?;

    // After Redis was put back to an older copy, a writer that had stalled may have committed a different round under a
    // number that is already recorded. Such a round has an older epoch, so epochs are compared too.
    let is_current = |head: &Head| head.position().reaches(recorded.position());
    let (inventory, head) = match redis_head.filter(is_current) {
        Some(head) => {
            let mut inventory = Inventory::new(context.redis.clone(), event, epoch, head.incarnation);
            let head = Head { epoch, ..head };
            announce_unrecorded(&mut inventory, &mut announcer, recorded.seq, &head).await?;
            (inventory, head)
        }
        None => {
            let head = rebuild::rebuild(context, event, epoch, &recorded).await?;
            (Inventory::new(context.redis.clone(), event, epoch, head.incarnation), head)
        }
    };
    meters::TAKEOVERS.one();
    meters::TAKEOVER.took(started.elapsed());
    tracing::info!(%event, epoch, seq = head.seq, incarnation = head.incarnation,
        took_ms = started.elapsed().as_millis(), "took the line over");
    Ok(Claimed { inventory, head, announcer, recorded_seq: recorded.seq })
}

/// The epoch comes from PostgreSQL, never from Redis (which may be lost) or a clock (which may be wrong).
///
/// Only if nobody has claimed since we subscribed. A writer may stall between its first delivery and its claim while
/// the line is handed over and served by another. A late claim would make the record refuse rounds of that one, which acks
/// them regardless. With this check, whoever reads the line has the newest epoch, and what it announces before it acks
/// comes before any newer barrier: it is recorded, whatever becomes of Redis.
///
/// And only by the newest rules. A writer leaves when it hears of a pause, and the broker then delivers to the next
/// process that stands by: one that has not heard of the pause yet must not take the line over and go on.
async fn claim_epoch(context: &Context, event: EventId, observed: u64) -> Result<u64, LineError> {
    let version = context.catalogue.get(event).ok_or(LineError::NoSale)?.rules.version;
    match lines::claim_epoch(&context.pool, event, observed, version).await? {
        Claim::Granted(epoch) => Ok(epoch),
        Claim::Overtaken => Err(LineError::ClaimedMeanwhile),
        Claim::RulesOutdated => Err(LineError::RulesChanged),
    }
}

async fn barrier_recorded(pool: &PgPool, event: EventId, epoch: u64) -> Result<Recorded, LineError> {
    let give_up = Instant::now() + BARRIER_TIMEOUT;
    loop {
        let recorded = lines::recorded(pool, event).await?;
        if recorded.epoch > epoch {
            return Err(LineError::Superseded);
        }
        if recorded.barrier_epoch >= epoch {
            return Ok(recorded);
        }
        if Instant::now() >= give_up {
            return Err(LineError::BarrierNotRecorded);
        }
        tokio::time::sleep(BARRIER_LOOK_EVERY).await;
    }
}

/// Announces, under the new epoch, the rounds that were committed but are not recorded.
async fn announce_unrecorded(
    inventory: &mut Inventory,
    announcer: &mut Announcer,
    recorded_seq: u64,
    head: &Head,
) -> Result<(), LineError> {
    let kept = inventory.outbox_after(recorded_seq, head).await?;
    if kept.len() as u64 != head.seq - recorded_seq {
        // The broker lost confirmed rounds. Redis is right about the stock; the record has a hole.
        meters::ROUNDS_LOST.one();
        tracing::error!(recorded_seq, head_seq = head.seq, kept = kept.len(), "rounds are neither recorded nor kept");
    }
    announcer.announce_rounds(kept, head.epoch).await?;
    while announcer.has_unconfirmed() {
        announcer.confirmed().await?;
    }
    Ok(())
}
