//! Which rules a writer must know. An organiser who was told that a sale is paused, stopped or changed must not see it go on
//! as before: a writer that has not heard of it (frozen, or cut off from the record) would decide by what it knows.

use redis::Script;
use sale::ids::EventId;

use crate::keys::rules_key;
use crate::{Connection, InventoryError};

/// From now on a round is only committed by who knows the rules of this version, or newer ones.
///
/// # Errors
/// When Redis fails: then it is not known whether it is so.
pub async fn require_rules(redis: &mut Connection, event: EventId, version: i64) -> Result<(), InventoryError> {
    let require = Script::new(include_str!("require_rules.lua"));
    Ok(require.key(rules_key(event)).arg(version).invoke_async::<()>(redis).await?)
}
