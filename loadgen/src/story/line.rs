//! Waiting until the line has come as far as the clock.

use std::time::Duration;

use broker::Topic;
use broker::topology::line_queue;
use broker::{Broker, Listener, Publisher};
use sale::command::{Command, LineBatch};
use sale::ids::{DoorId, EventId};
use sale::report::Progress;
use sale::wire;
use testbed::Servers;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::clock::Clock;

/// How long a line may take to follow the clock: a takeover may stand before it.
const FOLLOWS_WITHIN: Duration = Duration::from_secs(4);
/// The dispensers tick once a second; stories do not wait so long.
const TICK_EVERY: Duration = Duration::from_millis(700);
const CONFIRM_WITHIN: Duration = Duration::from_secs(5);

/// The lines of a system.
pub(super) struct Lines {
    broker: Broker,
    door: DoorId,
}

impl Lines {
    pub(super) fn new(servers: &Servers) -> anyhow::Result<Self> {
        Ok(Self { broker: servers.broker("story")?, door: DoorId(Uuid::now_v7()) })
    }

    /// What is said of how far a line has come, from now on.
    pub(super) async fn follow(&self, event: EventId) -> anyhow::Result<Listener> {
        Ok(Listener::open(&self.broker, &[&Topic::Progress.key(event)]).await?)
    }

    /// Whether a line follows the clock in time.
    pub(super) async fn follows(&self, event: EventId, progress: &mut Listener, clock: &Clock) -> anyhow::Result<bool> {
        let give_up = Instant::now() + FOLLOWS_WITHIN;
        let mut publisher = Publisher::open(&self.broker).await?;
        // The first progress after a tick may be due from a round before it. The next one comes from a round that began
        // later, and has the tick behind it.
        let mut heard = 0;
        while heard < 2 && Instant::now() < give_up {
            let (door, ticked) = (self.door, clock.now());
            let tick = LineBatch { door, door_attempts: 0, admitted_at: ticked, commands: vec![Command::Tick] };
            publisher.send("", &line_queue(event), &wire::encode(&tick)?).await?.confirmed(CONFIRM_WITHIN).await?;
            let tick_again = Instant::now() + TICK_EVERY;
            while let Ok(said) = timeout_at(tick_again, progress.next()).await {
                if wire::decode::<Progress>(&said?.body)?.at >= ticked {
                    heard += 1;
                    break;
                }
            }
        }
        publisher.close().await;
        Ok(heard == 2)
    }
}
