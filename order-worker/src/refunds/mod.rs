//! Refunds: asked for by an admin, carried out here.
//!
//! ```text
//! requested ─▶ refunded ─▶ the units go back through the line, if that was asked for
//!   │ │  └───▶ pending ─▶ refunded or failed, as the gateway says later
//!   │ └─▶ failed (another may be asked for: a row, and a key at the gateway, of its own)
//!   └▶ needs attention ─▶ requested, when somebody has it tried again
//! refunded ─▶ failed: the bank it went to sends it back, days later; the comparison with the gateway sees that
//! ```
//! Only the gateway's no is a failure. Where it gives no answer, nobody knows: the same call is made again, for about two
//! hours; then it needs somebody's attention.

mod ask;
mod came_back;

use std::time::Duration;

use record::refunds::{self, Refund};
use sale::payment::RefundState;
use tokio_util::sync::CancellationToken;

use crate::Context;
use crate::meters::{self, RefundEnd};
use ask::{AtGateway, ask};
pub(crate) use came_back::look_again;

const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Longer than a call to the gateway takes; doubled with each try, to the longest.
const LEASE: Duration = Duration::from_secs(20);
/// Until the first look at a refund that is pending; doubled with each look, to the longest.
const FOLLOW_FIRST: Duration = Duration::from_secs(1);
/// Tries without an answer. The first eight take about half an hour, each further one five minutes.
const TRIES_MAX: i32 = 25;
/// The longest between two tries, or two looks.
const BETWEEN_LONGEST: Duration = Duration::from_secs(300);

/// Carries refunds out until told to stop.
pub(crate) async fn run(context: Context, shutdown: CancellationToken) -> anyhow::Result<()> {
    while !shutdown.is_cancelled() {
        match refunds::claim_due(&context.pool, LEASE, BETWEEN_LONGEST).await {
            Ok(Some(refund)) => {
                if let Err(error) = advance(&context, &refund).await {
                    retry::again("refund");
                    tracing::warn!(refund = %refund.id, error = format!("{error:#}"), "refund: will be tried again");
                }
            }
            Ok(None) => drop(tokio::time::timeout(LOOK_EVERY, shutdown.cancelled()).await),
            Err(error) => {
                retry::again("refunds");
                tracing::warn!(%error, "refunds: database away");
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
    }
    Ok(())
}

/// Takes a refund one step further. A failure leaves it where it is, to be tried again.
async fn advance(context: &Context, refund: &Refund) -> anyhow::Result<()> {
    match refund.state {
        RefundState::Requested | RefundState::Pending => give_back(context, refund).await,
        RefundState::Refunded => Ok(refunds::put_back(&context.pool, refund).await?),
        state @ (RefundState::Failed | RefundState::NeedsAttention) => {
            anyhow::bail!("a refund that is {state} is owed no step")
        }
    }
}

/// Asks the gateway, and records where the refund stands by its answer.
async fn give_back(context: &Context, refund: &Refund) -> anyhow::Result<()> {
    match ask(context, refund).await {
        Ok(AtGateway::Pending(gateway_ref)) => {
            refunds::follow(&context.pool, refund, &gateway_ref, FOLLOW_FIRST, BETWEEN_LONGEST).await?;
        }
        Ok(AtGateway::Refunded(gateway_ref)) => {
            if refunds::refunded(&context.pool, refund, gateway_ref.as_deref()).await? {
                meters::REFUNDS.one(RefundEnd(RefundState::Refunded));
            }
        }
        Ok(AtGateway::Failed(why)) => {
            let moved = refunds::failed(&context.pool, refund.id, &why).await?;
            tracing::error!(refund = %refund.id, why, "refund failed");
            if moved {
                meters::REFUNDS.one(RefundEnd(RefundState::Failed));
            }
        }
        Err(error) => {
            let why = error.to_string();
            if refund.state == RefundState::Requested && refund.tries >= TRIES_MAX {
                refunds::needs_attention(&context.pool, refund.id, &why).await?;
                tracing::error!(refund = %refund.id, why, "nobody knows whether this refund was made: it needs attention");
                return Ok(());
            }
            refunds::held_up(&context.pool, refund.id, &why).await?;
            return Err(error.into());
        }
    }
    Ok(())
}
