//! One event's line: subscribe, take over, serve, and start over whenever anything is in doubt.

use std::time::Duration;

use broker::topology::{declare_line, line_queue};
use broker::{BrokerError, Delivery, Subscription};
use record::lines;
use retry::{Backoff, RECONNECT};
use sale::ids::EventId;
use tokio::time::{Instant, interval};
use tokio_util::sync::CancellationToken;

use crate::Context;
use crate::error::LineError;
use crate::handover::Ended;
use crate::meters;
use crate::takeover::{Claimed, take_over};
use crate::ticker::ticks;
use crate::writer::Writer;

/// How long whoever stands by leaves a new line to the process that is to serve it: the broker serves the first
/// that subscribes, and a hand-over among the first attempts of a sale helps nobody.
const HEAD_START: Duration = Duration::from_millis(500);

/// How long who ticks a line stands by for it. By then whoever served it has handed it over; so the broker knows nothing of our
/// subscription any more: a queue that was deleted in haste, and made anew, has another's alone.
const TICKED_IN_VAIN: Duration = Duration::from_secs(10);
/// Between two looks at that.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Serves an event, or stands by for it, until told to leave.
pub(crate) async fn serve(mut context: Context, event: EventId, leave: CancellationToken) {
    let mut backoff = Backoff::new("line", RECONNECT);
    let mut may_retry_at_once = true;
    if !context.is_first_for(event) {
        let _ = tokio::time::timeout(HEAD_START, leave.cancelled()).await;
    }
    while !leave.is_cancelled() {
        if stands_still(&context, event) {
            // Paused, or its rules are not known here. Everybody keeps their place: nothing is read until that changes.
            tokio::select! {
                () = context.catalogue.changed() => {}
                () = leave.cancelled() => {}
            }
            continue;
        }
        match subscribe_and_serve(&mut context, event, &leave).await {
            Ok(why) => {
                tracing::info!(%event, ?why, "left the line");
                backoff.reset();
                may_retry_at_once = true;
                if why == Ended::HandedOver {
                    backoff.wait().await; // behind the process that is to serve it
                }
            }
            // Somebody served the line while we stood by: what we saw when we subscribed is old, so look again.
            Err(LineError::ClaimedMeanwhile) if std::mem::take(&mut may_retry_at_once) => {
                tracing::debug!(%event, "subscribes again before it takes the line over");
            }
            Err(error @ LineError::RulesChanged) => {
                meters::RESTARTS.one(error.label());
                tracing::info!(%event, "waits for the newest rules");
                tokio::select! {
                    () = context.catalogue.changed() => {}
                    () = leave.cancelled() => {}
                }
            }
            Err(error) => {
                meters::RESTARTS.one(error.label());
                tracing::warn!(%event, error = format!("{error:#}"), "line starts over");
                tokio::select! {
                    _ = backoff.wait() => {}
                    () = leave.cancelled() => {}
                }
            }
        }
    }
}

async fn subscribe_and_serve(
    context: &mut Context,
    event: EventId,
    leave: &CancellationToken,
) -> Result<Ended, LineError> {
    declare_line(&context.broker, event).await?;
    let observed = lines::newest_epoch(&context.pool, event).await?;
    let mut subscription = Subscription::open(&context.broker, &line_queue(event), context.settings.prefetch).await?;
    let taken = tokio::select! {
        taken = take_when_delivered(context, event, observed, &mut subscription) => taken?,
        () = leave.cancelled() => Err(Ended::ToldToLeave),
    };
    match taken {
        Ok((first, claimed)) => Writer::new(context.clone(), event, subscription, claimed)?.serve(first, leave).await,
        Err(ended) => {
            subscription.close().await;
            Ok(ended)
        }
    }
}

/// Stands by until the line delivers, and takes it over; or says why there is nothing to stand by for.
async fn take_when_delivered(
    context: &mut Context,
    event: EventId,
    observed: u64,
    subscription: &mut Subscription,
) -> Result<Result<(Delivery, Claimed), Ended>, LineError> {
    let mut looks = interval(LOOK_EVERY);
    let mut silent_since = Instant::now();
    let first = loop {
        tokio::select! {
            delivery = subscription.next() => break delivery?,
            () = context.catalogue.changed() => if stands_still(context, event) { return Ok(Err(Ended::Paused)) },
            _ = looks.tick() => {
                if !context.catalogue.get(event).is_some_and(|sale| ticks(context, &sale)) {
                    silent_since = Instant::now();
                } else if silent_since.elapsed() > TICKED_IN_VAIN {
                    return Err(BrokerError::Ended.into());
                }
            }
        }
    };
    let claimed = take_over(context, event, observed).await?;
    Ok(if stands_still(context, event) { Err(Ended::Paused) } else { Ok((first, claimed)) })
}

fn stands_still(context: &Context, event: EventId) -> bool {
    context.catalogue.get(event).is_none_or(|sale| sale.rules.stands_still())
}
