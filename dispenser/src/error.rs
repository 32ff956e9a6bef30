//! Why a line is started over.

use broker::BrokerError;
use inventory::InventoryError;
use record::restoration::RestorationError;
use sale::wire::WireError;

use crate::meters::Restart;

/// Why a line is started over. Nothing is lost by it: what was not acked comes again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LineError {
    #[error(transparent)]
    Broker(#[from] BrokerError),
    #[error(transparent)]
    Inventory(InventoryError),
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("what is claimed in the sale's series: {0}")]
    Series(sqlx::Error),
    #[error("message: {0}")]
    Wire(#[from] WireError),
    #[error("a newer writer has claimed this event")]
    Superseded,
    #[error("another writer has claimed this event since we subscribed")]
    ClaimedMeanwhile,
    #[error("the sale's rules have changed, and we have not heard of it yet")]
    RulesChanged,
    #[error("the order-worker did not record the barrier in time")]
    BarrierNotRecorded,
    #[error("the catalogue no longer has the sale")]
    NoSale,
    #[error(transparent)]
    Restoration(#[from] RestorationError),
    #[error("the entries were not put in order: {0}")]
    Draw(tokio::task::JoinError),
}

impl From<InventoryError> for LineError {
    fn from(error: InventoryError) -> Self {
        match error {
            InventoryError::RulesOutdated(_) => Self::RulesChanged,
            other => Self::Inventory(other),
        }
    }
}

impl LineError {
    /// For the metrics.
    pub(crate) fn label(&self) -> Restart {
        match self {
            LineError::Inventory(InventoryError::Fenced(_)) => Restart::Fenced,
            LineError::Inventory(InventoryError::Redis(_)) => Restart::Redis,
            LineError::Superseded | LineError::ClaimedMeanwhile => Restart::Superseded,
            LineError::RulesChanged => Restart::OldRules,
            LineError::Broker(_) => Restart::Broker,
            LineError::Database(_) | LineError::Restoration(RestorationError::Database(_)) | LineError::NoSale => {
                Restart::Database
            }
            LineError::Series(_) => Restart::Series,
            LineError::BarrierNotRecorded => Restart::Barrier,
            LineError::Inventory(_) | LineError::Wire(_) | LineError::Restoration(_) | LineError::Draw(_) => {
                Restart::Unreadable
            }
        }
    }
}
