//! What anybody may read of an inventory: how the event stands, and what attempts are told.

use sale::ids::{AttemptId, AttemptKey, EventId, ShopperId};
use sale::position::{Heard, Position};
use sale::record::{Head, Record};
use uuid::Uuid;

use crate::keys::{Keys, root_key};
use crate::{Connection, InventoryError, stored};

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
/// has no inventory: not yet, no longer, or not at the moment; nor when it lacks rounds that were `heard`.
///
/// # Errors
/// When Redis does not answer, or holds something else.
pub async fn read_records(
    redis: &mut Connection,
    event: EventId,
    attempts: &[AttemptId],
    heard: Heard,
) -> Result<Option<Vec<Option<Record>>>, InventoryError> {
    if attempts.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let mut position = read_position(redis, event).await?;
    for _ in 0..READS_MAX {
        let Some(reading) = position.filter(|found| !heard.is_beyond(*found)) else { return Ok(None) };
        let found = read_keys(redis, &Keys::new(event, reading.incarnation), attempts).await?;
        position = read_position(redis, event).await?;
        if stands(reading, position) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// What a shopper has in the lobby and is yet to be drawn, if anything. `None` as with [`read_records`].
///
/// # Errors
/// When Redis does not answer, or holds something else.
pub async fn read_entry(
    redis: &mut Connection,
    event: EventId,
    shopper: ShopperId,
    heard: Heard,
) -> Result<Option<Option<Record>>, InventoryError> {
    let mut position = read_position(redis, event).await?;
    for _ in 0..READS_MAX {
        let Some(reading) = position.filter(|found| !heard.is_beyond(*found)) else { return Ok(None) };
        let keys = Keys::new(event, reading.incarnation);
        let entry: Option<Vec<u8>> =
            redis::cmd("HGET").arg(&keys.lobby).arg(shopper.0.as_bytes()).query_async(redis).await?;
        let found = match entry.and_then(|bytes| Uuid::from_slice(&bytes).ok()) {
            Some(attempt) => read_keys(redis, &keys, &[AttemptId(attempt)]).await?.pop().flatten(),
            None => None,
        };
        position = read_position(redis, event).await?;
        if stands(reading, position) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Whether what was read stands. What has just been replaced is gone, and would read as undecided; so would what was put back.
fn stands(reading: Position, position: Option<Position>) -> bool {
    position.is_some_and(|now| now.reaches(reading) && now.incarnation == reading.incarnation)
}

/// How far the inventory of an event has come, if it has one.
async fn read_position(redis: &mut Connection, event: EventId) -> Result<Option<Position>, InventoryError> {
    let fields = ["epoch", "incarnation", "seq"];
    let found: [Option<u64>; 3] = redis::cmd("HMGET").arg(root_key(event)).arg(&fields).query_async(redis).await?;
    let [Some(epoch), Some(incarnation), Some(seq)] = found else { return Ok(None) };
    Ok(Some(Position { epoch, incarnation, seq }))
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
        let record = live.or(closed).map(|bytes| stored::decode(&bytes)).transpose()?;
        Ok(record.map(|record| record.as_told_to(*attempt)))
    });
    found.collect()
}
