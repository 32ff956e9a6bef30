//! An event's inventory, as its one writer sees it: the fence, and everything that a round reads and writes.

mod commit;
mod lobby;
mod read;
mod tallied;

use redis::Script;
use sale::ids::EventId;
use sale::record::Head;
use sale::report::RoundReport;
use sale::wire;

use crate::keys::{Keys, root_key};
use crate::{Connection, InventoryError};

pub use read::{Found, Wanted};

/// The fields of the root that a commit is checked against.
const FENCE: [&str; 3] = ["incarnation", "epoch", "seq"];
type Fence = Vec<Option<Vec<u8>>>;

/// The inventory of one event, held under one epoch.
pub struct Inventory {
    redis: Connection,
    event: EventId,
    epoch: u64,
    keys: Keys,
    commit: Script,
}

impl Inventory {
    /// An inventory that was claimed for this epoch.
    pub fn new(redis: Connection, event: EventId, epoch: u64, incarnation: u64) -> Self {
        let commit = Script::new(include_str!("commit.lua"));
        Self { redis, event, epoch, keys: Keys::new(event, incarnation), commit }
    }

    /// Rounds that were committed after `seq` and are kept until they are recorded, in order; of this inventory as
    /// `head` left it, and no other.
    ///
    /// # Errors
    /// When Redis fails, or holds another inventory.
    pub async fn outbox_after(&mut self, seq: u64, head: &Head) -> Result<Vec<RoundReport>, InventoryError> {
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
///
/// # Errors
/// When a newer epoch has claimed it, or Redis fails.
pub async fn claim(redis: &mut Connection, event: EventId, epoch: u64) -> Result<Option<Head>, InventoryError> {
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
