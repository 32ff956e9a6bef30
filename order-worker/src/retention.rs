//! Forgetting what nobody asks for any more: so that no table grows for ever.

use std::time::Duration;

use record::{PgPool, retention};
use tokio_util::sync::CancellationToken;

use crate::meters;

const LOOK_EVERY: Duration = Duration::from_secs(600);
/// Rows deleted in one statement at most, so that none takes long.
const ROWS_MAX: i64 = 5_000;
/// A gateway repeats a webhook for days, not for weeks.
const WEBHOOK_DAYS: i32 = 30;
/// What every endpoint has accepted can be looked up, and sent again, for as long.
const NOTICE_DAYS: i32 = 7;
/// What an endpoint has not accepted by then, because it is paused or its deliveries were given up, is of no use any more.
const NOTICE_DAYS_LONGEST: i32 = 30;

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
    let notices = retention::forget_notices(pool, NOTICE_DAYS, NOTICE_DAYS_LONGEST, ROWS_MAX).await?;
    if notices.undelivered > 0 {
        meters::FORGOTTEN.add(notices.undelivered);
        tracing::error!(
            deliveries = notices.undelivered,
            days = NOTICE_DAYS_LONGEST,
            "forgotten before they were accepted"
        );
    }
    let deliveries = retention::forget_deliveries(pool, ROWS_MAX).await?;
    Ok(rounds.max(webhooks).max(card_tokens).max(notices.notices).max(deliveries))
}
