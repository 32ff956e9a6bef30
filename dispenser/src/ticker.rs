//! A tick a second into each line that this process is first for: it keeps the line's time moving when
//! nobody buys, and its delivery tells a consumer that it is the active one.

use std::time::Duration;

use broker::topology::{declare_line, line_messages, line_queue};
use broker::{BrokerError, Publisher};
use catalogue::Sale;
use sale::command::{Command, LineBatch};
use sale::ids::{DoorId, EventId};
use sale::wire;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{Context, meters};

const TICK_EVERY: Duration = Duration::from_secs(1);
/// Between two looks at how long the lines are.
const LOOK_EVERY: Duration = Duration::from_secs(5);
const CONFIRM_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) async fn run(context: Context, shutdown: CancellationToken) {
    let door = DoorId(Uuid::now_v7());
    let mut ticks = interval(TICK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut publisher = None;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = shutdown.cancelled() => return,
        }
        let lines = first_for(&context);
        meters::LINES_TO_TICK.set(lines.len() as f64);
        for event in lines {
            let ticked = tick(&context, &mut publisher, door, event).await;
            let count = if ticked.is_ok() { &meters::TICKS } else { &meters::TICK_FAILURES };
            count.one();
            if let Err(error) = ticked {
                tracing::debug!(%event, %error, "no tick");
                publisher = None;
                if let BrokerError::Unroutable(_) = error {
                    // The queue is gone, or not made yet.
                    let _ = declare_line(&context.broker, event).await;
                }
            }
        }
    }
}

/// Shows operators how many messages wait in the lines that this process ticks, until shutdown.
pub(crate) async fn show_lengths(context: Context, shutdown: CancellationToken) {
    while tokio::time::timeout(LOOK_EVERY, shutdown.cancelled()).await.is_err() {
        let mut lengths = Vec::new();
        for event in first_for(&context) {
            if let Ok(messages) = line_messages(&context.broker, event).await {
                lengths.push((event, f64::from(messages)));
            }
        }
        meters::LINE_MESSAGES.show(lengths);
    }
}

/// Lines that this process ticks.
fn first_for(context: &Context) -> Vec<EventId> {
    let sales = context.catalogue.all();
    sales.values().filter(|sale| ticks(context, sale)).map(|sale| sale.rules.event).collect()
}

/// Whether this process ticks the line of a sale. A paused line gets no ticks: they would only pile up. The line of a settled sale needs
/// none, and shall be empty when it is cleared away.
pub(crate) fn ticks(context: &Context, sale: &Sale) -> bool {
    let rules = &sale.rules;
    !sale.settled && rules.scheduled && !rules.stands_still() && context.is_first_for(rules.event)
}

async fn tick(
    context: &Context,
    publisher: &mut Option<Publisher>,
    door: DoorId,
    event: EventId,
) -> Result<(), BrokerError> {
    let publisher = match publisher {
        Some(publisher) => publisher,
        None => publisher.insert(Publisher::open(&context.broker).await?),
    };
    let batch = LineBatch { door, door_attempts: 0, admitted_at: clock::now(), commands: vec![Command::Tick] };
    let Ok(message) = wire::encode(&batch) else { return Ok(()) };
    publisher.send("", &line_queue(event), &message).await?.confirmed(CONFIRM_TIMEOUT).await
}
