//! What waits: looked up every few seconds, for operators. Every order-worker shows the same, for there is one
//! record.

use std::time::Duration;

use broker::topology;
use meter::Label;
use record::lag;
use sale::notice::PauseCause;
use tokio_util::sync::CancellationToken;

use crate::Context;
use crate::meters::{self, EndpointState, PaymentUnderWay, RefundUnderWay, Standing};

const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Looks until told to stop.
pub(crate) async fn run(context: Context, shutdown: CancellationToken) -> anyhow::Result<()> {
    while tokio::time::timeout(LOOK_EVERY, shutdown.cancelled()).await.is_err() {
        // Each on its own: one server that is away must not hide what the others say.
        let looks = [
            look_at_lines(&context).await,
            look_at_money(&context).await,
            look_at_draws(&context).await,
            look_at_notices(&context).await,
            look_at_parked(&context).await,
        ];
        for error in looks.into_iter().filter_map(Result::err) {
            retry::again("watch");
            tracing::debug!(error = format!("{error:#}"), "could not look at what waits");
        }
    }
    Ok(())
}

/// How far the record is behind Redis.
async fn look_at_lines(context: &Context) -> anyhow::Result<()> {
    let mut redis = context.redis.clone();
    let (mut rounds, mut seconds) = (Vec::new(), Vec::new());
    for line in lag::lines(&context.pool).await? {
        // Without an inventory there is nothing to be behind of; the reconciliation reports that.
        let head = inventory::read_head(&mut redis, line.event).await?;
        let behind = head.map_or(0, |head| head.seq.saturating_sub(line.seq));
        rounds.push((line.event, behind as f64));
        seconds.push((line.event, if behind > 0 { line.still_s } else { 0.0 }));
    }
    meters::BEHIND_ROUNDS.show(rounds);
    meters::BEHIND_SECONDS.show(seconds);
    Ok(())
}

/// Payments, refunds, mails and the outbox. In a state that nothing is in, nothing waits.
async fn look_at_money(context: &Context) -> anyhow::Result<()> {
    let payments = lag::payments(&context.pool).await?;
    for state in PaymentUnderWay::ALL {
        let waiting = payments.get(&state.0).copied().unwrap_or_default();
        meters::PAYMENTS.set(*state, waiting.count as f64);
        meters::PAYMENTS_OLDEST.set(*state, waiting.oldest_s);
    }
    let refunds = lag::refunds(&context.pool).await?;
    for state in RefundUnderWay::ALL {
        let waiting = refunds.get(&state.0).copied().unwrap_or_default();
        meters::REFUNDS_WAITING.set(*state, waiting.count as f64);
        meters::REFUNDS_OLDEST.set(*state, waiting.oldest_s);
    }
    let mails = lag::mails(&context.pool).await?;
    meters::MAILS_WAITING.set(mails.count as f64);
    meters::MAILS_OLDEST.set(mails.oldest_s);
    let outbox = lag::outbox(&context.pool).await?;
    meters::OUTBOX.set(outbox.count as f64);
    meters::OUTBOX_OLDEST.set(outbox.oldest_s);
    Ok(())
}

/// Sales that have opened, and wait for the order of their draw.
async fn look_at_draws(context: &Context) -> anyhow::Result<()> {
    meters::DRAWS_LATE.set(lag::draws(&context.pool).await?.oldest_s);
    Ok(())
}

/// What the shop's endpoints are still to be told.
async fn look_at_notices(context: &Context) -> anyhow::Result<()> {
    let waiting = lag::deliveries(&context.pool).await?;
    for (standing, backlog) in [(Standing::Open, waiting.open), (Standing::Paused, waiting.paused)] {
        meters::DELIVERIES.set(standing, backlog.count as f64);
        meters::DELIVERIES_OLDEST.set(standing, backlog.oldest_s);
    }
    let endpoints = lag::endpoints(&context.pool).await?;
    for paused in std::iter::once(None).chain(PauseCause::ALL.iter().copied().map(Some)) {
        let count = endpoints.get(&paused).copied().unwrap_or_default();
        meters::ENDPOINTS.set(EndpointState::of(paused), count as f64);
    }
    Ok(())
}

/// What nobody could handle, the broker's dead letters included.
async fn look_at_parked(context: &Context) -> anyhow::Result<()> {
    let messages = topology::messages(&context.broker, topology::PARKED).await?;
    meters::PARKED_MESSAGES.set(f64::from(messages));
    Ok(())
}
