//! Rebuilding an event's inventory in Redis from PostgreSQL, beside whatever stands there, and switching to it at the end.
//! A takeover does it when Redis is empty or older than the record. An inventory comes into being in the same way.

use std::collections::HashMap;
use std::pin::pin;

use futures_util::TryStreamExt;
use inventory::Restoration;
use record::lines::{self, Recorded};
use record::restoration;
use sale::Counted;
use sale::ids::{EventId, ShopperId};
use sale::provenance::Party;
use sale::record::Head;
use sale::time::LineMs;

use crate::Context;
use crate::error::LineError;
use crate::meters;

pub(crate) async fn rebuild(
    context: &mut Context,
    event: EventId,
    epoch: u64,
    recorded: &Recorded,
) -> Result<Head, LineError> {
    // Begun first: should this process die now, what stands in Redis is known to be old.
    let incarnation = lines::begin_incarnation(&context.pool, event, epoch).await?.ok_or(LineError::Superseded)?;
    let head = Head { incarnation, epoch, seq: recorded.seq, ..recorded.head.clone().unwrap_or_default() };
    let mut restoration = Restoration::new(context.redis.clone(), event, head.incarnation);
    let lasting = restore_lasting(context, event, &mut restoration).await?;
    let closed = restore_closed(context, event, &mut restoration).await?;
    restoration.flush().await?;
    // Only now is it sure that no newer writer's rounds have come into what was read.
    if lines::newest_epoch(&context.pool, event).await? > epoch {
        return Err(LineError::Superseded);
    }
    restoration.install(&head).await?;
    if recorded.seq > 0 {
        meters::REBUILDS.one();
        tracing::warn!(%event, incarnation, seq = head.seq, lasting, closed, "rebuilt the inventory from the record");
    }
    Ok(head)
}

/// Everything that ever held stock or a place, what each shopper has of it, and what else is counted.
async fn restore_lasting(context: &Context, event: EventId, restoration: &mut Restoration) -> Result<usize, LineError> {
    let mut records = pin!(restoration::with_stock_or_place(&context.pool, event));
    let (mut count, mut holdings) = (0, HashMap::<ShopperId, u32>::new());
    let (mut counts, mut ran_out_at) = (HashMap::<Counted, i64>::new(), HashMap::<Party, LineMs>::new());
    while let Some((record, came_to_nothing)) = records.try_next().await? {
        for (counted, count) in Counted::by(&record, came_to_nothing.is_some()) {
            *counts.entry(counted).or_default() += count;
        }
        if let Some(at) = came_to_nothing {
            for party in Party::answering(record.shopper, record.provenance) {
                let last = ran_out_at.entry(party).or_default();
                *last = at.max(*last);
            }
        }
        if record.counts_for_shopper() {
            *holdings.entry(record.shopper).or_default() += record.units().map_or(0, |(_, units)| units);
        }
        restoration.put(&record).await?;
        count += 1;
    }
    for (shopper, units) in holdings {
        restoration.put_holding(shopper, units).await?;
    }
    for (counted, count) in counts {
        restoration.put_count(counted, count).await?;
    }
    for (party, at) in ran_out_at {
        restoration.put_ran_out_at(party, at).await?;
    }
    Ok(count)
}

/// Answers without stock.
async fn restore_closed(context: &Context, event: EventId, restoration: &mut Restoration) -> Result<usize, LineError> {
    let mut records = pin!(restoration::without_stock(&context.pool, event));
    let mut count = 0;
    while let Some(record) = records.try_next().await? {
        restoration.put(&record).await?;
        count += 1;
    }
    Ok(count)
}
