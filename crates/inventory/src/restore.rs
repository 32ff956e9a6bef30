//! Filling an inventory from the record, under a new incarnation beside the one that counts, until it takes its place.

use redis::{Pipeline, Script};
use sale::Counted;
use sale::answer::Answer;
use sale::ids::{EventId, ShopperId};
use sale::provenance::Party;
use sale::record::{Head, Record, State};
use sale::time::LineMs;

use crate::answers::read_head;
use crate::keys::{Keys, root_key, rules_key};
use crate::{Connection, InventoryError, stored};

/// Writes sent to Redis at once.
const CHUNK: usize = 1_000;

/// One incarnation of an event's inventory that is being filled, a chunk at a time. It counts for nothing before
/// [`install`](Self::install).
pub struct Restoration {
    redis: Connection,
    event: EventId,
    incarnation: u64,
    keys: Keys,
    chunk: Pipeline,
    /// Written and counted.
    chunks: u64,
}

impl Restoration {
    /// Begins with nothing.
    pub fn new(redis: Connection, event: EventId, incarnation: u64) -> Self {
        Self { redis, event, incarnation, keys: Keys::new(event, incarnation), chunk: Pipeline::new(), chunks: 0 }
    }

    /// Adds an attempt as it stands, with its deadline or its place on standby.
    ///
    /// # Errors
    /// When Redis fails, or what was added before is no longer there.
    pub async fn put(&mut self, record: &Record) -> Result<(), InventoryError> {
        let member = record.id.key().0;
        let hash = if record.had_stock_or_place() { &self.keys.live } else { &self.keys.closed };
        self.chunk.cmd("HSET").arg(hash).arg(&member[..]).arg(stored::encode(record)?).ignore();
        if let Some(until) = record.held_until() {
            self.chunk.cmd("ZADD").arg(&self.keys.due).arg(until.0).arg(&member[..]).ignore();
        }
        if record.state == State::Waiting
            && let Answer::Standby { item, number, .. } | Answer::Behind { item, number, .. } = &record.answer
        {
            self.chunk.cmd("ZADD").arg(self.keys.wait(*item)).arg(*number).arg(&member[..]).ignore();
        }
        if record.state == State::Entered {
            let (shopper, attempt) = (record.shopper.0.as_bytes(), record.id.0.as_bytes());
            self.chunk.cmd("HSET").arg(&self.keys.lobby).arg(&shopper[..]).arg(&attempt[..]).ignore();
        }
        self.flush_when_full().await
    }

    /// Adds what a shopper holds, has bought or waits for, in units.
    ///
    /// # Errors
    /// When Redis fails, or what was added before is no longer there.
    pub async fn put_holding(&mut self, shopper: ShopperId, units: u32) -> Result<(), InventoryError> {
        self.chunk.cmd("HSET").arg(&self.keys.who).arg(shopper.0.as_bytes().as_slice()).arg(units).ignore();
        self.flush_when_full().await
    }

    /// Adds something else that is counted.
    ///
    /// # Errors
    /// When Redis fails, or what was added before is no longer there.
    pub async fn put_count(&mut self, counted: Counted, count: i64) -> Result<(), InventoryError> {
        self.chunk.cmd("HSET").arg(&self.keys.who).arg(stored::count_field(counted)).arg(count).ignore();
        self.flush_when_full().await
    }

    /// Adds when a reservation of a party came to nothing last.
    ///
    /// # Errors
    /// When Redis fails, or what was added before is no longer there.
    pub async fn put_ran_out_at(&mut self, party: Party, at: LineMs) -> Result<(), InventoryError> {
        self.chunk.cmd("ZADD").arg(&self.keys.nothing).arg(at.0).arg(stored::party_member(party)).ignore();
        self.flush_when_full().await
    }

    async fn flush_when_full(&mut self) -> Result<(), InventoryError> {
        if self.chunk.len() >= CHUNK { self.flush().await } else { Ok(()) }
    }

    /// Sends what has been added. Each chunk counts itself, so that one that is lost again, with all of Redis put back,
    /// is missed at once.
    ///
    /// # Errors
    /// When Redis fails, or what was sent before is no longer there.
    pub async fn flush(&mut self) -> Result<(), InventoryError> {
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

    /// Makes it the inventory that counts, in place of the incarnation before. All that was added must be flushed.
    ///
    /// # Errors
    /// When a newer writer has claimed the event, some of what was restored is no longer there, or Redis fails.
    pub async fn install(mut self, head: &Head) -> Result<(), InventoryError> {
        let before = self.incarnation.checked_sub(1).filter(|before| *before > 0);
        let old = before.map_or_else(Vec::new, |before| Keys::new(self.event, before).all(head));
        install(&mut self.redis, self.event, head, self.chunks, old).await
    }
}

pub(crate) async fn install(
    redis: &mut Connection,
    event: EventId,
    head: &Head,
    chunks: u64,
    old: Vec<String>,
) -> Result<(), InventoryError> {
    let install = Script::new(include_str!("install.lua"));
    let mut invocation = install.key(root_key(event));
    for key in old {
        invocation.key(key);
    }
    invocation.arg(head.incarnation).arg(head.epoch).arg(head.seq).arg(serde_json::to_vec(head)?);
    invocation.arg(restored_field(head.incarnation)).arg(chunks);
    invocation.invoke_async::<()>(redis).await?;
    Ok(())
}

/// The field of an event's root that counts what a rebuild has restored. Should Redis be put back to an older copy
/// meanwhile, so is the count.
pub(crate) fn restored_field(incarnation: u64) -> String {
    format!("restored:{incarnation}")
}

/// Removes the inventory of an event, if there is one.
///
/// # Errors
/// When Redis fails.
pub async fn remove(redis: &mut Connection, event: EventId) -> Result<(), InventoryError> {
    if let Some(head) = read_head(redis, event).await? {
        let mut keys = Keys::new(event, head.incarnation).all(&head);
        keys.extend([root_key(event), rules_key(event)]);
        redis::cmd("UNLINK").arg(keys).query_async::<()>(redis).await?;
    }
    Ok(())
}
