//! Forgetting what nobody asks for any more: so that no table grows for ever.

use std::time::Duration;

use record::{PgPool, retention};
use tokio_util::sync::CancellationToken;

const LOOK_EVERY: Duration = Duration::from_secs(600);
/// Rows deleted in one statement at most, so that none takes long.
const ROWS_MAX: i64 = 5_000;
/// A gateway repeats a webhook for days, not for weeks.
const WEBHOOK_DAYS: i32 = 30;

/// Forgets, until told to stop.
pub(crate) async fn run(pool: PgPool, shutdown: CancellationToken) -> anyhow::Result<()> {
    loop {
        match forget(&pool).await {
            Ok(rows) if rows >= ROWS_MAX.unsigned_abs() => continue, // there is more
            Ok(_) => {}
            Err(error) => {
                retry::again("retention");
                tracing::warn!(%error, "could not tidy up, will try again");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = shutdown.cancelled() => return Ok(()),
        }
    }
}

/// Forgets some of each. Returns the most rows that it forgot of one kind.
async fn forget(pool: &PgPool) -> record::Result<u64> {
    let rounds = retention::forget_rounds(pool, ROWS_MAX).await?;
    let webhooks = retention::forget_webhooks(pool, WEBHOOK_DAYS, ROWS_MAX).await?;
    let card_tokens = retention::forget_card_tokens(pool, ROWS_MAX).await?;
    Ok(rounds.max(webhooks).max(card_tokens))
}
