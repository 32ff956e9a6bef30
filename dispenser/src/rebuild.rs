//! Rebuilding an event's inventory in Redis from PostgreSQL, beside whatever stands there, and switching
//! to it at the end. Also how an inventory comes into being: rebuilt from nothing.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use inventory::Restoration;
use record::reservations::Row;
use record::{to_i64, to_u64};
use sale::answer::{Answer, Grant, News};
use sale::ids::{EventId, ShopperId};
use sale::record::{Head, Record};
use sale::report::RoundReport;
use sale::wire;
use sqlx::types::Json;

use crate::Context;
use crate::line::LineError;
use crate::meters;
use crate::takeover::{Recorded, newest_epoch};

pub(crate) async fn rebuild(
    context: &mut Context,
    event: EventId,
    epoch: u64,
    recorded: &Recorded,
) -> Result<Head, LineError> {
    // Raised first: should this process die now, what stands in Redis is known to be old.
    let incarnation = sqlx::query_scalar!(
        "UPDATE event_lines SET incarnation = incarnation + 1 WHERE event_id = $1 AND epoch = $2 RETURNING incarnation",
        event.0,
        to_i64(epoch)
    )
    .fetch_optional(&context.pool)
    .await?
    .ok_or(LineError::Superseded)?;
    let head = Head {
        incarnation: to_u64(incarnation),
        epoch,
        seq: recorded.seq,
        ..recorded.head.clone().unwrap_or_default()
    };
    let mut restoration = Restoration::new(context.redis.clone(), event, head.incarnation);
    let lasting = restore_lasting(context, event, &mut restoration).await?;
    let closed = restore_closed(context, event, &mut restoration).await?;
    restoration.flush().await?;
    // Only now is it sure that no newer writer's rounds have come into what was read.
    if newest_epoch(&context.pool, event).await? > epoch {
        return Err(LineError::Superseded);
    }
    restoration.install(&head).await?;
    if recorded.seq > 0 {
        meters::REBUILDS.one();
        tracing::warn!(%event, incarnation, seq = head.seq, lasting, closed, "rebuilt the inventory from the record");
    }
    Ok(head)
}

/// Everything that ever held stock or a place.
async fn restore_lasting(context: &Context, event: EventId, restoration: &mut Restoration) -> Result<usize, LineError> {
    let mut rows = sqlx::query_as!(
        Row,
        r#"SELECT id, event_id, shopper_id, state, answer AS "answer: Json<Answer>", grant_ AS "grant: Json<Grant>",
                  payment_id, settled_at IS NOT NULL AS "settled!", ended_why
           FROM reservations WHERE event_id = $1"#,
        event.0
    )
    .fetch(&context.pool);
    let (mut count, mut holdings) = (0, HashMap::<ShopperId, u32>::new());
    while let Some(row) = rows.try_next().await? {
        let record = row.into_record()?;
        if record.counts_for_shopper() {
            *holdings.entry(record.shopper).or_default() += record.units().map_or(0, |(_, units)| units);
        }
        restoration.put(&record).await?;
        count += 1;
    }
    for (shopper, units) in holdings {
        restoration.put_holding(shopper, units).await?;
    }
    Ok(count)
}

/// Answers without stock: only the journal has them.
async fn restore_closed(context: &Context, event: EventId, restoration: &mut Restoration) -> Result<usize, LineError> {
    let mut rounds = sqlx::query_scalar!("SELECT report FROM rounds WHERE event_id = $1", event.0).fetch(&context.pool);
    let mut count = 0;
    while let Some(report) = rounds.try_next().await? {
        let report: RoundReport = wire::decode(&report)?;
        for outcome in report.outcomes {
            if let News::Answer(answer @ (Answer::SoldOut { .. } | Answer::Refused(_))) = outcome.news {
                restoration.put(&Record::new(outcome.attempt, outcome.shopper, answer)).await?;
                count += 1;
            }
        }
    }
    Ok(count)
}
