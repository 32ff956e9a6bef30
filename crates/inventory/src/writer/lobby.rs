//! Reading the lobby: what shoppers have in it, all of it for the draw, and what is drawn.

use std::collections::HashMap;

use sale::ids::{AttemptId, AttemptKey, ShopperId};
use sale::record::{Head, Record, State};
use uuid::Uuid;

use super::read::{decode_into, fields};
use super::{FENCE, Fence, Inventory};
use crate::InventoryError;
use crate::keys::root_key;

impl Inventory {
    /// Every entry that is yet to be drawn, as `head` left them. About 100 bytes each on the way.
    ///
    /// # Errors
    /// When Redis fails, or holds another inventory.
    pub async fn entries(&mut self, head: &Head) -> Result<Vec<AttemptId>, InventoryError> {
        let mut both = redis::pipe();
        both.atomic().cmd("HVALS").arg(&self.keys.lobby);
        both.cmd("HMGET").arg(root_key(self.event)).arg(&FENCE);
        let (entries, fence): (Vec<Vec<u8>>, Fence) = both.query_async(&mut self.redis).await?;
        self.expect(fence, head)?;
        let entries: Vec<AttemptId> = entries.iter().filter_map(|bytes| attempt(bytes)).collect();
        if entries.len() != head.lobby.entered as usize {
            let (found, entered) = (entries.len(), head.lobby.entered);
            return Err(InventoryError::Fenced(format!("{found} entries of {entered}")));
        }
        Ok(entries)
    }

    /// What these shoppers have in the lobby.
    pub(super) async fn read_entries_of(
        &mut self,
        shoppers: &[ShopperId],
    ) -> Result<HashMap<ShopperId, Record>, InventoryError> {
        if shoppers.is_empty() {
            return Ok(HashMap::new());
        }
        let of: Vec<&[u8]> = shoppers.iter().map(|shopper| shopper.0.as_bytes().as_slice()).collect();
        let found: Vec<Option<Vec<u8>>> =
            redis::cmd("HMGET").arg(&self.keys.lobby).arg(of).query_async(&mut self.redis).await?;
        let keys: Vec<AttemptKey> = found.iter().flatten().filter_map(|bytes| Some(attempt(bytes)?.key())).collect();
        let records = self.read_entered(&keys).await?.into_values();
        Ok(records.map(|record| (record.shopper, record)).collect())
    }

    /// The entries that come next, in their order.
    pub(super) async fn read_drawn(
        &mut self,
        drawn: Option<&[AttemptKey]>,
    ) -> Result<Option<Vec<Record>>, InventoryError> {
        let Some(drawn) = drawn else { return Ok(None) };
        let mut records = self.read_entered(drawn).await?;
        if records.len() != drawn.len() {
            let (found, expected) = (records.len(), drawn.len());
            return Err(InventoryError::Fenced(format!("{found} of {expected} entries that come next")));
        }
        Ok(Some(drawn.iter().filter_map(|key| records.remove(key)).collect()))
    }

    async fn read_entered(&mut self, keys: &[AttemptKey]) -> Result<HashMap<AttemptKey, Record>, InventoryError> {
        let mut records = HashMap::with_capacity(keys.len());
        if !keys.is_empty() {
            let place: Vec<Option<Vec<u8>>> =
                redis::cmd("HMGET").arg(&self.keys.closed).arg(fields(keys)).query_async(&mut self.redis).await?;
            decode_into(&mut records, keys, place)?;
            records.retain(|_, record| record.state == State::Entered);
        }
        Ok(records)
    }
}

fn attempt(bytes: &[u8]) -> Option<AttemptId> {
    Uuid::from_slice(bytes).ok().map(AttemptId)
}
