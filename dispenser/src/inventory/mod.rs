//! An event's inventory in Redis, as its one writer sees it. The layout is in
//! [`wiring::redis::inventory`]; here are the fence and everything that writes.

mod commit;
mod read;
#[cfg(test)]
mod tests;

use redis::{RedisError, Script};
use sale::ids::EventId;
use sale::record::Head;
use sale::report::RoundReport;
use sale::wire::{self, WireError};
use wiring::redis::Connection;
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

/// The fields of the root that a commit is checked against.
const FENCE: [&str; 3] = ["incarnation", "epoch", "seq"];
type Fence = Vec<Option<Vec<u8>>>;

/// The inventory of one event, held under one epoch.
pub(crate) struct Inventory {
    redis: Connection,
    event: EventId,
    epoch: u64,
    keys: Keys,
    commit: Script,
}

impl Inventory {
    pub(crate) fn new(redis: Connection, event: EventId, epoch: u64, incarnation: u64) -> Self {
        let commit = Script::new(include_str!("commit.lua"));
        Self { redis, event, epoch, keys: Keys::new(event, incarnation), commit }
    }

    /// Rounds that were committed after `seq` and are kept until they are recorded, in order; of this inventory as
    /// `head` left it, and no other.
    pub(crate) async fn outbox_after(&mut self, seq: u64, head: &Head) -> Result<Vec<RoundReport>, InventoryError> {
        let mut both = redis::pipe();
        both.atomic().cmd("HGETALL").arg(&self.keys.outbox);
        both.cmd("HMGET").arg(root_key(self.event)).arg(&FENCE);
        let (kept, fence): (Vec<(u64, Vec<u8>)>, Fence) = both.query_async(&mut self.redis).await?;
        self.expect(fence, head)?;
        let mut reports = Vec::with_capacity(kept.len());
        for (_, bytes) in kept.into_iter().filter(|(kept_seq, _)| *kept_seq > seq) {
            reports.push(wire::decode::<RoundReport>(&bytes)?);
        }
        reports.sort_by_key(|report| report.head.seq);
        Ok(reports)
    }

    /// Whether what was read is the inventory of the last commit.
    fn expect(&self, fence: Fence, head: &Head) -> Result<(), InventoryError> {
        let expected = [head.incarnation, self.epoch, head.seq].map(|number| Some(number.to_string().into()));
        if fence == expected {
            return Ok(());
        }
        Err(InventoryError::Fenced("not the inventory of the last commit".to_owned()))
    }
}

/// Claims an event in Redis for an epoch. Returns its head as it stands; `None` when there is no inventory.
pub(crate) async fn claim(redis: &mut Connection, event: EventId, epoch: u64) -> Result<Option<Head>, InventoryError> {
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

/// Makes a rebuilt inventory the one that counts, in place of what is `old`. It was restored in so many `chunks`, each
/// counted in [`restored_field`].
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
