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
/// What was told is not told again for as long; and where shoppers wanted to be told of a sale is kept as long after it.
const NOTIFICATION_DAYS: i32 = 7;

/// Forgets, until told to stop; what buyers gave, after so many days.
pub(crate) async fn run(pool: PgPool, buyers_kept_days: i32, shutdown: CancellationToken) -> anyhow::Result<()> {
    loop {
        match forget(&pool, buyers_kept_days).await {
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
async fn forget(pool: &PgPool, buyers_kept_days: i32) -> record::Result<u64> {
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
    let buyers = retention::forget_buyers(pool, buyers_kept_days, ROWS_MAX).await?;
    let invitations = retention::forget_invitations(pool, ROWS_MAX).await?;
    let ended_sessions = retention::forget_ended_sessions(pool, ROWS_MAX).await?;
    let claims = retention::forget_claims(pool, ROWS_MAX).await?;
    let (codes, mails) = retention::forget_codes(pool, ROWS_MAX).await?;
    meters::MAILS.add(meters::MailEnd::Expired, mails);
    let notifications = retention::forget_notifications(pool, NOTIFICATION_DAYS, ROWS_MAX).await?;
    meters::NOTIFICATIONS.add(meters::NotificationEnd::Expired, notifications.expired);
    let most = [
        rounds,
        webhooks,
        card_tokens,
        notices.notices,
        deliveries,
        codes,
        mails,
        buyers,
        notifications.most,
        invitations,
        ended_sessions,
        claims,
    ]
    .into_iter()
    .max();
    Ok(most.unwrap_or_default())
}
