//! Which events this process serves or stands by for, kept even among all dispensers.

use std::collections::HashMap;
use std::time::Duration;

use sale::ids::EventId;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{Context, line, meters};

/// A line that ended by itself (a bug) is started again, but not at once.
const RESTART_PAUSE: Duration = Duration::from_secs(1);

/// Keeps one task for each event of this process's share, until told to stop; then lets all finish.
pub(crate) async fn run(mut context: Context, shutdown: CancellationToken) {
    let mut lines = JoinSet::new();
    let mut serving: HashMap<EventId, CancellationToken> = HashMap::new();
    while !shutdown.is_cancelled() {
        let share = share(&context);
        serving.retain(|event, leave| {
            let stays = share.contains(event);
            if !stays {
                leave.cancel();
            }
            stays
        });
        for event in share {
            serving.entry(event).or_insert_with(|| {
                let leave = shutdown.child_token();
                let line = line::serve(context.clone(), event, leave.clone());
                lines.spawn(async move {
                    line.await;
                    event
                });
                leave
            });
        }
        meters::LINES.set(serving.len() as f64);
        tokio::select! {
            () = context.catalogue.changed() => {}
            () = context.roster.changed() => {}
            Some(ended) = lines.join_next(), if !lines.is_empty() => {
                if let Err(error) = ended {
                    // Which line it was is unknown: start all of them over. Nothing is lost by it.
                    tracing::error!(%error, "a line died");
                    meters::LINES_DIED.one();
                    serving.drain().for_each(|(_, leave)| leave.cancel());
                    tokio::time::sleep(RESTART_PAUSE).await;
                }
            }
            () = shutdown.cancelled() => {}
        }
    }
    while lines.join_next().await.is_some() {}
}

fn share(context: &Context) -> Vec<EventId> {
    let consumers = usize::from(context.settings.consumers);
    let sales = context.catalogue.all();
    sales
        .values()
        .filter(|sale| sale.rules.scheduled)
        .map(|sale| sale.rules.event)
        .filter(|event| context.my_rank(*event) < consumers)
        .collect()
}
