//! Forgetting what nobody asks for any more: so that no table grows for ever.

use std::time::Duration;

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

const LOOK_EVERY: Duration = Duration::from_secs(600);
/// Rows deleted in one statement at most, so that none takes long.
const ROWS_MAX: i64 = 5_000;
/// A gateway repeats a webhook for days, not for weeks.
const RECEIPT_DAYS: i32 = 30;

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

async fn forget(pool: &PgPool) -> sqlx::Result<u64> {
    // An inventory that is lost is rebuilt from them, until it is cleared away.
    let rounds = sqlx::query!(
        "DELETE FROM rounds WHERE (event_id, seq) IN (
           SELECT r.event_id, r.seq FROM rounds r JOIN sale_events e ON e.id = r.event_id
           WHERE e.cleared_at IS NOT NULL LIMIT $1)",
        ROWS_MAX
    )
    .execute(pool)
    .await?;
    let receipts = sqlx::query!(
        "DELETE FROM webhook_receipts WHERE gateway_event_id IN (
           SELECT gateway_event_id FROM webhook_receipts
           WHERE received_at < now() - make_interval(days => $1) LIMIT $2)",
        RECEIPT_DAYS,
        ROWS_MAX
    )
    .execute(pool)
    .await?;
    // Deleted when the gateway has answered for them; this is for those that an earlier version left behind.
    let tokens = sqlx::query!(
        "UPDATE payments SET card_token = '' WHERE id IN (
           SELECT id FROM payments
           WHERE card_token <> '' AND state NOT IN ('requested', 'authorising', 'authorised') LIMIT $1)",
        ROWS_MAX
    )
    .execute(pool)
    .await?;
    Ok(rounds.rows_affected().max(receipts.rows_affected()).max(tokens.rows_affected()))
}
