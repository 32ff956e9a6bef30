//! Redis: the hot inventory of each event.
//!
//! | module | what it is for |
//! | --- | --- |
//! | [`keys`] | where an inventory lives, and how |
//! | `answers` | what anybody may read of it |
//! | `writer` | what its one writer reads and commits; the fence |
//! | `rules` | which rules a writer must know |
//! | `editing` | who has the form of a sale open |
//! | `restore` | filling a new one, beside the one that counts |
//! | `connection`, `server`, `sentinel` | the connection, to one server or to whichever is the primary |
//!
//! What may never happen: a commit by anybody but the newest writer, on top of another inventory than was read, or by rules
//! that were changed since.

mod answers;
mod connection;
pub mod editing;
pub mod keys;
mod meters;
mod probe;
mod restore;
mod rules;
mod sentinel;
mod server;
mod stored;
#[cfg(test)]
mod tests;
mod writer;

pub use answers::{read_entry, read_head, read_records};
pub use connection::{Connection, Settings, connect};
pub use probe::watch;
pub use restore::{Restoration, remove};
pub use rules::require_rules;
pub use writer::{Found, Inventory, Wanted, claim};

use redis::RedisError;
use sale::wire::WireError;

/// Why the inventory could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum InventoryError {
    /// Another writer has claimed the event, or the inventory is not what was read: start over.
    #[error("fenced off: {0}")]
    Fenced(String),
    /// The sale's rules have changed, and the writer does not know it yet: start over.
    #[error("decided by old rules: {0}")]
    RulesOutdated(String),
    /// Redis did not answer, or refused. A write that failed so may have happened: start over.
    #[error("redis: {0}")]
    Redis(RedisError),
    /// A record that cannot be read.
    #[error("inventory record: {0}")]
    Record(#[from] WireError),
    /// A head that cannot be read.
    #[error("inventory head: {0}")]
    Head(#[from] serde_json::Error),
}

impl From<RedisError> for InventoryError {
    fn from(error: RedisError) -> Self {
        match error.code() {
            Some("FENCE") => Self::Fenced(error.detail().unwrap_or_default().to_owned()),
            Some("RULES") => Self::RulesOutdated(error.detail().unwrap_or_default().to_owned()),
            _ => Self::Redis(error),
        }
    }
}
