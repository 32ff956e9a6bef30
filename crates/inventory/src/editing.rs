//! Who has the form of a sale open: said again and again by their pages, and forgotten when they no longer do. Nothing depends on it; with
//! Redis away nobody is known to edit.

use redis::Script;
use sale::ids::EventId;
use sale::time::UnixMs;
use uuid::Uuid;

use crate::keys::editing_key;
use crate::{Connection, InventoryError};

/// For how long a page counts that said nothing since.
pub const COUNTS_MS: u64 = 30_000;
/// Pages of one sale at most; who comes when there are so many is not seen by the others.
const PAGES_MAX: u32 = 20;

/// Somebody who edits a sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Editor {
    /// What they are called.
    pub name: String,
    /// Since when.
    pub since: UnixMs,
}

/// Says that somebody has the form of a sale open in a page; or with an empty name, that the page leaves. Returns who else has, the first
/// first.
///
/// # Errors
/// When Redis fails.
pub async fn seen(
    redis: &mut Connection,
    event: EventId,
    page: Uuid,
    name: &str,
    now: UnixMs,
) -> Result<Vec<Editor>, InventoryError> {
    let script = Script::new(include_str!("editing.lua"));
    let mut call = script.key(editing_key(event));
    call.arg(page.to_string()).arg(now.0).arg(COUNTS_MS).arg(PAGES_MAX).arg(name);
    let others: Vec<(u64, String)> = call.invoke_async(redis).await?;
    let mut editors: Vec<Editor> =
        others.into_iter().map(|(since, name)| Editor { name, since: UnixMs(since) }).collect();
    editors.sort_unstable_by_key(|editor| editor.since);
    Ok(editors)
}
