//! The ledger: rounds from the dispensers into PostgreSQL, in order, exactly once.

mod batch;
mod traced;

use std::time::Duration;

use broker::LEDGER_PARTITIONS;
use broker::topology::{PARKED, declare_ledger, ledger_queue};
use broker::{BrokerError, Delivery, Publisher, Subscription};
use membership::Roster;
use retry::{Backoff, RECONNECT};
use sale::report::Entry;
use sale::time::UnixMs;
use sale::wire;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{Context, meters};
use traced::Recording;

/// Messages recorded in one transaction at most.
const BATCH_MESSAGES: usize = 200;
/// Messages taken from the broker ahead of their recording.
const PREFETCH: u16 = 2 * BATCH_MESSAGES as u16;
/// The least time between two transactions: a lone message is recorded at once, and under load many rounds share one.
const GATHER: Duration = Duration::from_millis(30);
/// Processes that subscribe to each partition: one records, the other stands by.
const CONSUMERS: usize = 2;
/// How often to look whose partition it is.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Looks in a row that found another process first in rank, before a partition is handed over.
const HAND_OVER_AFTER: u32 = 4;
const PARK_TIMEOUT: Duration = Duration::from_secs(5);

/// Why a partition is started over. Nothing is lost by it: what was not acked comes again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LedgerError {
    #[error(transparent)]
    Broker(#[from] BrokerError),
    #[error("database: {0}")]
    Database(#[from] record::Error),
}

/// Records every partition of this process's share until told to stop.
pub(crate) async fn run(context: Context, roster: Roster, shutdown: CancellationToken) {
    let partitions =
        (0..LEDGER_PARTITIONS).map(|partition| keep(context.clone(), roster.clone(), partition, shutdown.clone()));
    futures_util::future::join_all(partitions).await;
}

async fn keep(context: Context, mut roster: Roster, partition: u8, shutdown: CancellationToken) {
    let mut backoff = Backoff::new("ledger", RECONNECT);
    while !shutdown.is_cancelled() {
        if roster.my_rank(&[partition]) >= CONSUMERS {
            tokio::select! {
                () = roster.changed() => {}
                () = shutdown.cancelled() => {}
            }
            continue;
        }
        match record_partition(&context, &roster, partition, &shutdown).await {
            Ok(()) => backoff.reset(),
            Err(error) => tracing::warn!(partition, %error, "ledger starts over"),
        }
        tokio::select! {
            _ = backoff.wait() => {}
            () = shutdown.cancelled() => {}
        }
    }
}

/// Receive, record, ack; until told to stop, or another process should.
async fn record_partition(
    context: &Context,
    roster: &Roster,
    partition: u8,
    shutdown: &CancellationToken,
) -> Result<(), LedgerError> {
    declare_ledger(&context.broker, partition).await?;
    let mut subscription = Subscription::open(&context.broker, &ledger_queue(partition), PREFETCH).await?;
    let mut looks = tokio::time::interval(LOOK_EVERY);
    let mut outranked = 0;
    let mut not_before = Instant::now();
    loop {
        let first = tokio::select! {
            delivery = subscription.next() => delivery?,
            _ = looks.tick() => {
                outranked = if roster.my_rank(&[partition]) > 0 { outranked + 1 } else { 0 };
                if roster.my_rank(&[partition]) >= CONSUMERS {
                    break;
                }
                continue;
            }
            () = shutdown.cancelled() => break,
        };
        tokio::time::sleep_until(not_before).await;
        let mut batch = vec![first];
        while batch.len() < BATCH_MESSAGES
            && let Some(delivery) = subscription.next_ready()?
        {
            batch.push(delivery);
        }
        let last = batch.last().map_or(0, |delivery| delivery.tag);
        let mut recording = Recording::begin(partition, &batch);
        let entries = readable(context, batch).await?;
        let (began, count, decided_at) = (Instant::now(), entries.len(), last_decided(&entries));
        let recorded = batch::record(&context.pool, entries).await.inspect_err(|error| recording.fail(error))?;
        drop(recording);
        meters::ROUNDS.add(recorded);
        meters::TRANSACTION_ROUNDS.record(count as f64);
        meters::TRANSACTION.took(began.elapsed());
        if let Some(decided_at) = decided_at {
            meters::DELAY.took(Duration::from_millis(clock::now().ms_since(decided_at)));
        }
        subscription.ack_through(last).await?;
        not_before = Instant::now() + GATHER;
        if outranked >= HAND_OVER_AFTER {
            break;
        }
    }
    subscription.close().await;
    Ok(())
}

fn last_decided(entries: &[Entry]) -> Option<UnixMs> {
    entries.iter().rev().find_map(|entry| match entry {
        Entry::Round(report) => Some(report.decided_at),
        Entry::Barrier(_) => None,
    })
}

/// A message nobody can read is parked for a person, and counted; it must not block the others.
async fn readable(context: &Context, batch: Vec<Delivery>) -> Result<Vec<Entry>, LedgerError> {
    let mut entries = Vec::with_capacity(batch.len());
    for delivery in batch {
        match wire::decode::<Entry>(&delivery.body) {
            Ok(entry) => entries.push(entry),
            Err(error) => {
                tracing::error!(%error, bytes = delivery.body.len(), "unreadable entry parked");
                meters::PARKED.one();
                let mut publisher = Publisher::open(&context.broker).await?;
                publisher.send("", PARKED, &delivery.body).await?.confirmed(PARK_TIMEOUT).await?;
                publisher.close().await;
            }
        }
    }
    Ok(entries)
}
