//! Rebuilding an event's inventory in Redis from PostgreSQL, beside whatever stands there, and switching
//! to it at the end. Also how an inventory comes into being: rebuilt from nothing.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use redis::Pipeline;
use sale::answer::{Answer, Grant, News};
use sale::ids::{EventId, ShopperId};
use sale::record::{Head, Record, State};
use sale::report::RoundReport;
use sale::wire;
use sqlx::types::Json;
use wiring::postgres::{to_i64, to_u64};
use wiring::redis::Connection;
use wiring::redis::inventory::{Keys, root_key};
use wiring::reservation::Row;

use crate::Context;
use crate::inventory::{self, InventoryError, restored_field};
use crate::line::LineError;
use crate::meters;
use crate::takeover::{Recorded, newest_epoch};

/// Writes sent to Redis at once.
const CHUNK: usize = 1_000;

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
    let mut writer = Writer::new(context.redis.clone(), event, head.incarnation);
    let lasting = restore_lasting(context, event, &mut writer).await?;
    let closed = restore_closed(context, event, &mut writer).await?;
    writer.flush().await?;
    // Only now is it sure that no newer writer's rounds have come into what was read.
    if newest_epoch(&context.pool, event).await? > epoch {
        return Err(LineError::Superseded);
    }
    let old = if incarnation > 1 { Keys::new(event, head.incarnation - 1).all(&head) } else { Vec::new() };
    inventory::install(&mut context.redis, event, &head, writer.chunks, old).await?;
    if recorded.seq > 0 {
        meters::REBUILDS.one();
        tracing::warn!(%event, incarnation, seq = head.seq, lasting, closed, "rebuilt the inventory from the record");
    }
    Ok(head)
}

/// Everything that ever held stock or a place.
async fn restore_lasting(context: &Context, event: EventId, writer: &mut Writer) -> Result<usize, LineError> {
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
        writer.put_lasting(&record).await?;
        count += 1;
    }
    for (shopper, units) in holdings {
        writer.put_holding(shopper, units).await?;
    }
    Ok(count)
}

/// Answers without stock: only the journal has them.
async fn restore_closed(context: &Context, event: EventId, writer: &mut Writer) -> Result<usize, LineError> {
    let mut rounds = sqlx::query_scalar!("SELECT report FROM rounds WHERE event_id = $1", event.0).fetch(&context.pool);
    let mut count = 0;
    while let Some(report) = rounds.try_next().await? {
        let report: RoundReport = wire::decode(&report)?;
        for outcome in report.outcomes {
            if let News::Answer(answer @ (Answer::SoldOut { .. } | Answer::Refused(_))) = outcome.news {
                writer.put_closed(&Record::new(outcome.attempt, outcome.shopper, answer)).await?;
                count += 1;
            }
        }
    }
    Ok(count)
}

/// Fills one incarnation, a chunk at a time.
struct Writer {
    redis: Connection,
    event: EventId,
    incarnation: u64,
    keys: Keys,
    chunk: Pipeline,
    /// Written and counted.
    chunks: u64,
}

impl Writer {
    fn new(redis: Connection, event: EventId, incarnation: u64) -> Self {
        Self { redis, event, incarnation, keys: Keys::new(event, incarnation), chunk: Pipeline::new(), chunks: 0 }
    }

    async fn put_lasting(&mut self, record: &Record) -> Result<(), InventoryError> {
        let member = record.id.key().0;
        let bytes = wire::encode(record)?;
        self.chunk.cmd("HSET").arg(&self.keys.live).arg(&member[..]).arg(bytes).ignore();
        match (&record.state, &record.answer) {
            (State::Held(grant), _) => {
                self.chunk.cmd("ZADD").arg(&self.keys.due).arg(grant.deadline_line.0).arg(&member[..]).ignore();
            }
            (State::Waiting, Answer::Standby { item, number, .. }) => {
                self.chunk.cmd("ZADD").arg(self.keys.wait(*item)).arg(*number).arg(&member[..]).ignore();
            }
            _ => {}
        }
        self.flush_when_full().await
    }

    async fn put_closed(&mut self, record: &Record) -> Result<(), InventoryError> {
        let member = record.id.key().0;
        self.chunk.cmd("HSET").arg(&self.keys.closed).arg(&member[..]).arg(wire::encode(record)?).ignore();
        self.flush_when_full().await
    }

    async fn put_holding(&mut self, shopper: ShopperId, units: u32) -> Result<(), InventoryError> {
        self.chunk.cmd("HSET").arg(&self.keys.who).arg(shopper.0.as_bytes().as_slice()).arg(units).ignore();
        self.flush_when_full().await
    }

    async fn flush_when_full(&mut self) -> Result<(), InventoryError> {
        if self.chunk.len() >= CHUNK { self.flush().await } else { Ok(()) }
    }

    /// Each chunk counts itself, so that one that is lost again, with all of Redis put back, is missed at once.
    async fn flush(&mut self) -> Result<(), InventoryError> {
        let field = restored_field(self.incarnation);
        self.chunk.atomic().cmd("HINCRBY").arg(root_key(self.event)).arg(field).arg(1);
        let (count,): (u64,) = self.chunk.query_async(&mut self.redis).await?;
        self.chunk.clear();
        self.chunks += 1;
        if count != self.chunks {
            return Err(InventoryError::Fenced(format!("{count} of {} chunks restored", self.chunks)));
        }
        Ok(())
    }
}
