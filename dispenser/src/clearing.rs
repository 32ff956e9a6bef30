//! Clearing away what nobody needs any more of a sale that has long been settled: its line and its inventory. What is
//! recorded stays.

use std::time::Duration;

use broker::topology::{delete_line, line_in_use};
use record::lines;
use sale::ids::EventId;
use tokio_util::sync::CancellationToken;

use crate::{Context, meters};

const LOOK_EVERY: Duration = Duration::from_secs(20);

/// Clears away, until told to stop.
pub(crate) async fn run(context: Context, shutdown: CancellationToken) {
    while tokio::time::timeout(LOOK_EVERY, shutdown.cancelled()).await.is_err() {
        let due = match lines::due_for_clearing(&context.pool).await {
            Ok(due) => due,
            Err(error) => {
                retry::again("clearing");
                tracing::debug!(%error, "clearing: database away");
                continue;
            }
        };
        for event in due.into_iter().filter(|event| context.is_first_for(*event)) {
            match clear(&context, event).await {
                Ok(true) => meters::CLEARED.one(),
                Ok(false) => {
                    tracing::warn!(%event, "something is owed by a settled sale after all: it is served again")
                }
                Err(error) => {
                    retry::again("clearing");
                    tracing::warn!(%event, error = format!("{error:#}"), "not cleared away, will try again");
                }
            }
        }
    }
}

/// Removes line and inventory; says whether nothing was owed. Whatever is still in the line is owed an answer: then the
/// sale comes back instead.
async fn clear(context: &Context, event: EventId) -> anyhow::Result<bool> {
    if line_in_use(&context.broker, event).await? {
        lines::unsettle(&context.pool, event).await?;
        return Ok(false);
    }
    delete_line(&context.broker, event).await?;
    inventory::remove(&mut context.redis.clone(), event).await?;
    // Said last: whoever dies before leaves it to be done again. Units that are put back meanwhile open the sale again;
    // its inventory is then restored from the record.
    if !lines::mark_cleared(&context.pool, event).await? {
        return Ok(false);
    }
    tracing::info!(%event, "cleared away the line and the inventory of a settled sale");
    Ok(true)
}
