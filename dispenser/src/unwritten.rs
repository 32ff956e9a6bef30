//! Inventories that nobody writes at the moment. A paused sale is not read, and a settled one gets no ticks: nobody would
//! notice that Redis has lost what stands there, or has an older copy, and whoever asks would be told what is not so.

use std::collections::HashSet;
use std::time::Duration;

use record::lines;
use sale::ids::EventId;
use tokio_util::sync::CancellationToken;

use crate::Context;
use crate::error::LineError;
use crate::takeover::take_over;

/// One that is behind in two looks is rebuilt: a takeover may be under way in the first.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// Looked at in one look at most, beside those that were behind in the last: settled sales stay for a week.
const AT_ONCE_MAX: usize = 128;

/// Looks after them, until told to stop.
pub(crate) async fn run(mut context: Context, shutdown: CancellationToken) {
    let (mut behind, mut next) = (HashSet::new(), 0);
    while tokio::time::timeout(LOOK_EVERY, shutdown.cancelled()).await.is_err() {
        let all = first_for(&context);
        let turn: Vec<EventId> = all.iter().copied().cycle().skip(next).take(AT_ONCE_MAX.min(all.len())).collect();
        next = (next + turn.len()) % all.len().max(1);
        let mut still = HashSet::new();
        for event in turn.into_iter().chain(behind.iter().copied()).collect::<HashSet<_>>() {
            match is_behind(&mut context, event).await {
                Ok(true) if behind.contains(&event) => tokio::select! {
                    () = restore(&mut context, event) => {}
                    () = shutdown.cancelled() => return,
                },
                Ok(true) => drop(still.insert(event)),
                Ok(false) => {}
                Err(error) => tracing::debug!(%event, %error, "whether the inventory is whole cannot be read"),
            }
        }
        behind = still;
    }
}

/// Those that this process is first for.
fn first_for(context: &Context) -> Vec<EventId> {
    let sales = context.catalogue.all();
    let unwritten = sales.values().filter(|sale| sale.rules.scheduled && !sale.cleared);
    let unwritten = unwritten.filter(|sale| sale.settled || sale.rules.stands_still());
    let events = unwritten.map(|sale| sale.rules.event);
    let mut mine: Vec<EventId> = events.filter(|event| context.is_first_for(*event)).collect();
    mine.sort_unstable();
    mine
}

async fn is_behind(context: &mut Context, event: EventId) -> Result<bool, LineError> {
    let recorded = lines::recorded(&context.pool, event).await?;
    let head = inventory::read_head(&mut context.redis, event).await?;
    Ok(recorded.seq > 0 && head.is_none_or(|head| !head.position().reaches(recorded.position())))
}

/// A takeover compares, and rebuilds. Whoever writes next takes over from it.
async fn restore(context: &mut Context, event: EventId) {
    let restored = async {
        let observed = lines::newest_epoch(&context.pool, event).await?;
        take_over(context, event, observed).await.map(drop)
    };
    if let Err(error) = restored.await {
        retry::again("unwritten inventory");
        tracing::warn!(%event, error = format!("{error:#}"), "the inventory of a sale that stands still is not whole");
    }
}
