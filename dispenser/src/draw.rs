//! The draw of a sale's lobby: its entries in the order in which they are decided. It follows from what is kept of them and
//! from the seed; so a writer that takes over in its middle goes on where the one before was.

use inventory::Inventory;
use sale::ids::{AttemptId, AttemptKey};
use sale::record::Head;
use sale::rules::SaleRules;

use crate::error::LineError;

/// The entries that are yet to be decided, the last first. 8 bytes each.
pub(crate) struct Drawing(Vec<AttemptKey>);

impl Drawing {
    /// Of all that are in the lobby. A sale that was stopped before there was a seed tells everybody the same, in any order.
    pub(crate) async fn begin(inventory: &mut Inventory, rules: &SaleRules, head: &Head) -> Result<Self, LineError> {
        let entries = inventory.entries(head).await?;
        let (event, seed) = (rules.event, rules.lobby.as_ref().and_then(|lobby| lobby.seed));
        tracing::info!(%event, entries = entries.len(), "draws the entries of the lobby");
        let order = move || match seed {
            Some(seed) => seed.order_of(event, entries),
            None => entries,
        };
        // Up to seconds of work, for a million.
        let order = tokio::task::spawn_blocking(order).await.map_err(LineError::Draw)?;
        Ok(Self(order.iter().rev().map(AttemptId::key).collect()))
    }

    pub(crate) fn next(&self, count: usize) -> Vec<AttemptKey> {
        self.0.iter().rev().take(count).copied().collect()
    }

    pub(crate) fn decided(&mut self, count: usize) {
        self.0.truncate(self.0.len().saturating_sub(count));
    }
}
