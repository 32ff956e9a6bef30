//! What anybody may read of an inventory: how the event stands, and what attempts are told.

use sale::ids::{AttemptId, AttemptKey, EventId};
use sale::record::{Head, Record};
use sale::wire;

use crate::keys::{Keys, root_key};
use crate::{Connection, InventoryError};

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
