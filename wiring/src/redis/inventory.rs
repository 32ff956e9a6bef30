//! Where an event's inventory lives in Redis, and how to read it. Only the dispenser writes it.
//!
//! ```text
//! fl:{event}             hash    incarnation, epoch, seq (the fence), head (sale::record::Head as JSON)
//! fl:{event}:I:live      hash    attempt key -> Record, of attempts that held stock or a place
//! fl:{event}:I:recent:G  hash    attempt key -> Record, of answers without stock, by generation
//! fl:{event}:I:due       zset    attempt key by deadline (the line's ms), of live reservations
//! fl:{event}:I:wait:N    zset    attempt key by number, on standby for item N
//! fl:{event}:I:who       hash    shopper -> units held, bought or waited for
//! fl:{event}:I:outbox    hash    seq -> RoundReport, committed but perhaps not yet published
//! ```
//! `I` is the incarnation: a rebuild writes beside the old inventory and switches by writing the first key.
//! All keys of an event share one hash tag. Records are postcard with a version byte ([`sale::wire`]).

use redis::RedisError;
use sale::ids::{AttemptId, AttemptKey, EventId, ItemNo};
use sale::record::{Head, Record, generation};
use sale::wire::{self, WireError};

use super::Connection;

/// Why the inventory could not be read.
#[derive(Debug, thiserror::Error)]
pub enum InventoryError {
    /// Redis did not answer, or refused.
    #[error("redis: {0}")]
    Redis(#[from] RedisError),
    /// What stands there is not what should.
    #[error("inventory record: {0}")]
    Record(#[from] WireError),
    /// What stands there is not what should.
    #[error("inventory head: {0}")]
    Head(#[from] serde_json::Error),
}

/// The key that says which incarnation counts, and carries the fence.
pub fn root_key(event: EventId) -> String {
    format!("fl:{{{event}}}")
}

/// The keys of one incarnation of an event's inventory.
#[derive(Clone, Debug)]
pub struct Keys {
    prefix: String,
    /// Attempts that held stock or a place.
    pub live: String,
    /// Deadlines.
    pub due: String,
    /// What shoppers hold.
    pub who: String,
    /// Rounds perhaps not yet published.
    pub outbox: String,
}

impl Keys {
    /// The keys of an incarnation.
    pub fn new(event: EventId, incarnation: u64) -> Self {
        let prefix = format!("{}:{incarnation}", root_key(event));
        Self {
            live: format!("{prefix}:live"),
            due: format!("{prefix}:due"),
            who: format!("{prefix}:who"),
            outbox: format!("{prefix}:outbox"),
            prefix,
        }
    }

    /// Answers without stock of one generation.
    pub fn recent(&self, generation: u64) -> String {
        format!("{}:recent:{generation}", self.prefix)
    }

    /// The standby line of one item.
    pub fn wait(&self, item: ItemNo) -> String {
        format!("{}:wait:{}", self.prefix, item.0)
    }

    /// Every key of the incarnation, as a pattern for SCAN.
    pub fn all(&self) -> String {
        let escaped: String =
            self.prefix.chars().flat_map(|c| if "{}[]*?\\".contains(c) { vec!['\\', c] } else { vec![c] }).collect();
        format!("{escaped}:*")
    }
}

/// The event's head, if the event has an inventory.
///
/// # Errors
/// When Redis does not answer, or holds something else.
pub async fn read_head(redis: &mut Connection, event: EventId) -> Result<Option<Head>, InventoryError> {
    let head: Option<Vec<u8>> = redis::cmd("HGET").arg(root_key(event)).arg("head").query_async(redis).await?;
    Ok(head.map(|bytes| serde_json::from_slice(&bytes)).transpose()?)
}

/// Records of attempts, in the order asked for: where they stand now. `None` for one that is not decided,
/// or whose answer without stock is forgotten.
///
/// # Errors
/// When Redis does not answer, or holds something else.
pub async fn read_records(
    redis: &mut Connection,
    event: EventId,
    attempts: &[AttemptId],
) -> Result<Vec<Option<Record>>, InventoryError> {
    if attempts.is_empty() {
        return Ok(Vec::new());
    }
    let Some(head) = read_head(redis, event).await? else { return Ok(vec![None; attempts.len()]) };
    let keys = Keys::new(event, head.incarnation);
    let fields: Vec<AttemptKey> = attempts.iter().map(AttemptId::key).collect();
    let found = read_fields(redis, &keys, head.line, &fields).await?;
    let same = |record: Record, attempt: &AttemptId| (record.id == *attempt).then_some(record);
    Ok(found
        .into_iter()
        .zip(attempts)
        .map(|(record, attempt)| record.and_then(|record| same(record, attempt)))
        .collect())
}

/// Records by their fields in the hashes, whichever attempt they are of.
///
/// # Errors
/// When Redis does not answer, or holds something else.
pub async fn read_fields(
    redis: &mut Connection,
    keys: &Keys,
    line: sale::time::LineMs,
    fields: &[AttemptKey],
) -> Result<Vec<Option<Record>>, InventoryError> {
    if fields.is_empty() {
        return Ok(Vec::new());
    }
    let now = generation(line);
    let fields_raw: Vec<&[u8]> = fields.iter().map(|key| key.0.as_slice()).collect();
    let mut pipeline = redis::pipe();
    for key in [keys.live.clone(), keys.recent(now), keys.recent(now.saturating_sub(1))] {
        pipeline.cmd("HMGET").arg(key).arg(&fields_raw);
    }
    let places: Vec<Vec<Option<Vec<u8>>>> = pipeline.query_async(redis).await?;
    let mut found = vec![None; fields.len()];
    for place in places {
        for (record, bytes) in found.iter_mut().zip(place) {
            if let (None, Some(bytes)) = (&record, bytes) {
                *record = Some(wire::decode(&bytes)?);
            }
        }
    }
    Ok(found)
}
