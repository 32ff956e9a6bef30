//! An event's inventory in Redis, as its one writer sees it. The layout is in
//! [`wiring::redis::inventory`]; here are the fence and everything that writes.

mod commit;
mod read;

use redis::aio::ConnectionManager;
use redis::{RedisError, Script};
use sale::ids::EventId;
use sale::record::Head;
use sale::report::RoundReport;
use sale::wire::{self, WireError};
use wiring::redis::inventory::{Keys, root_key};

pub(crate) use read::Wanted;

/// Why the inventory could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InventoryError {
    /// Another writer has claimed the event, or the inventory is not what was read: start over.
    #[error("fenced off: {0}")]
    Fenced(String),
    /// Redis failed. A write that failed so may have happened: start over.
    #[error("redis: {0}")]
    Redis(RedisError),
    /// A record that cannot be read.
    #[error("record: {0}")]
    Record(#[from] WireError),
    /// A head that cannot be read.
    #[error("head: {0}")]
    Head(#[from] serde_json::Error),
}

impl From<RedisError> for InventoryError {
    fn from(error: RedisError) -> Self {
        match error.code() {
            Some("FENCE") => Self::Fenced(error.detail().unwrap_or_default().to_owned()),
            _ => Self::Redis(error),
        }
    }
}

/// The inventory of one event, held under one epoch.
pub(crate) struct Inventory {
    redis: ConnectionManager,
    event: EventId,
    epoch: u64,
    keys: Keys,
    commit: Script,
}

impl Inventory {
    pub(crate) fn new(redis: ConnectionManager, event: EventId, epoch: u64, incarnation: u64) -> Self {
        let commit = Script::new(include_str!("commit.lua"));
        Self { redis, event, epoch, keys: Keys::new(event, incarnation), commit }
    }

    /// Rounds that were committed after `seq` and are kept until they are recorded, in order.
    pub(crate) async fn outbox_after(&mut self, seq: u64) -> Result<Vec<RoundReport>, InventoryError> {
        let kept: Vec<(u64, Vec<u8>)> =
            redis::cmd("HGETALL").arg(&self.keys.outbox).query_async(&mut self.redis).await?;
        let mut reports = Vec::with_capacity(kept.len());
        for (_, bytes) in kept.into_iter().filter(|(kept_seq, _)| *kept_seq > seq) {
            reports.push(wire::decode::<RoundReport>(&bytes)?);
        }
        reports.sort_by_key(|report| report.head.seq);
        Ok(reports)
    }
}

/// Claims an event in Redis for an epoch. Returns its head as it stands; `None` when there is no inventory.
pub(crate) async fn claim(
    redis: &mut ConnectionManager,
    event: EventId,
    epoch: u64,
) -> Result<Option<Head>, InventoryError> {
    let claimed: Vec<Vec<u8>> =
        Script::new(include_str!("claim.lua")).key(root_key(event)).arg(epoch).invoke_async(redis).await?;
    let [incarnation, head] = claimed.as_slice() else { return Ok(None) };
    let head: Head = serde_json::from_slice(head)?;
    let incarnation = String::from_utf8_lossy(incarnation);
    if incarnation != head.incarnation.to_string() {
        return Err(InventoryError::Fenced(format!("incarnation {incarnation} but head of {}", head.incarnation)));
    }
    Ok(Some(head))
}

/// Makes a rebuilt inventory the one that counts.
pub(crate) async fn install(redis: &mut ConnectionManager, event: EventId, head: &Head) -> Result<(), InventoryError> {
    Script::new(include_str!("install.lua"))
        .key(root_key(event))
        .arg(head.incarnation)
        .arg(head.epoch)
        .arg(head.seq)
        .arg(serde_json::to_vec(head)?)
        .invoke_async::<()>(redis)
        .await?;
    Ok(())
}
