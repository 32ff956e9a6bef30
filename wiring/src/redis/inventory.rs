//! Where an event's inventory lives in Redis, and how to read it. Only the dispenser writes it.
//!
//! ```text
//! fl:{event}             hash    incarnation, epoch, seq (the fence), head (sale::record::Head as JSON)
//! fl:{event}:I:live      hash    attempt key -> Record, of attempts that held stock or a place
//! fl:{event}:I:closed    hash    attempt key -> Record, of answers without stock
//! fl:{event}:I:due       zset    attempt key by deadline (the line's ms), of live reservations
//! fl:{event}:I:wait:N    zset    attempt key by number, on standby for item N
//! fl:{event}:I:who       hash    shopper -> units held, bought or waited for
//! fl:{event}:I:outbox    hash    seq -> RoundReport, committed but perhaps not yet published
//! ```
//! `I` is the incarnation: a rebuild writes beside the old inventory and switches by writing the first key.
//! All keys of an event share one hash tag. Records are postcard with a version byte ([`sale::wire`]).

use redis::RedisError;
use sale::ids::{AttemptId, AttemptKey, EventId, ItemNo};
use sale::record::{Head, Record};
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
    /// Answers without stock. Kept as long as the rest: an answer that was given once is never given anew.
    pub closed: String,
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
            closed: format!("{prefix}:closed"),
            due: format!("{prefix}:due"),
            who: format!("{prefix}:who"),
            outbox: format!("{prefix}:outbox"),
            prefix,
        }
    }

    /// The standby line of one item.
    pub fn wait(&self, item: ItemNo) -> String {
        format!("{}:wait:{}", self.prefix, item.0)
    }

    /// Every key of the incarnation, whose head this is.
    pub fn all(self, head: &Head) -> Vec<String> {
        let items = (0..head.items.len()).filter_map(|index| u16::try_from(index).ok());
        let mut keys: Vec<String> = items.map(|number| self.wait(ItemNo(number))).collect();
        keys.extend([self.live, self.closed, self.due, self.who, self.outbox]);
        keys
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

/// How often to read again while the inventory is being replaced by a rebuilt one.
const READS_MAX: u32 = 4;

/// What attempts are told, in the order asked for; a `None` among them is not decided yet. No list at all when the event
/// has no inventory: not yet, no longer, or not at the moment.
///
/// # Errors
/// When Redis does not answer, or holds something else.
pub async fn read_records(
    redis: &mut Connection,
    event: EventId,
    attempts: &[AttemptId],
) -> Result<Option<Vec<Option<Record>>>, InventoryError> {
    if attempts.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let mut incarnation = read_incarnation(redis, event).await?;
    for _ in 0..READS_MAX {
        let Some(reading) = incarnation else { return Ok(None) };
        let found = read_keys(redis, &Keys::new(event, reading), attempts).await?;
        // What has just been replaced is gone, and would read as undecided.
        incarnation = read_incarnation(redis, event).await?;
        if incarnation == Some(reading) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

async fn read_incarnation(redis: &mut Connection, event: EventId) -> Result<Option<u64>, InventoryError> {
    Ok(redis::cmd("HGET").arg(root_key(event)).arg("incarnation").query_async(redis).await?)
}

/// What a hash has for some fields.
type Fields = Vec<Option<Vec<u8>>>;

async fn read_keys(
    redis: &mut Connection,
    keys: &Keys,
    attempts: &[AttemptId],
) -> Result<Vec<Option<Record>>, InventoryError> {
    let fields: Vec<AttemptKey> = attempts.iter().map(AttemptId::key).collect();
    let fields: Vec<&[u8]> = fields.iter().map(|key| key.0.as_slice()).collect();
    let mut pipeline = redis::pipe();
    for key in [&keys.live, &keys.closed] {
        pipeline.cmd("HMGET").arg(key).arg(&fields);
    }
    let (live, closed): (Fields, Fields) = pipeline.query_async(redis).await?;
    let found = live.into_iter().zip(closed).zip(attempts).map(|((live, closed), attempt)| {
        let record = live.or(closed).map(|bytes| wire::decode::<Record>(&bytes)).transpose()?;
        Ok(record.map(|record| record.as_told_to(*attempt)))
    });
    found.collect()
}
