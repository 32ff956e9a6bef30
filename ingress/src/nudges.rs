//! Tells everyone that the rules of an event changed. A hint: whoever misses it sees the change within a
//! second anyway.

use std::time::Duration;

use broker::{Broker, BrokerError, Publisher, Topic, topology};
use sale::ids::EventId;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Nudges that wait at most; further ones are dropped.
const WAITING_MAX: usize = 256;
const CONFIRM_WITHIN: Duration = Duration::from_secs(2);

/// Where changes are announced.
#[derive(Clone)]
pub(crate) struct Nudges(mpsc::Sender<EventId>);

impl Nudges {
    /// The rules of this event changed.
    pub(crate) fn changed(&self, event: EventId) {
        if self.0.try_send(event).is_err() {
            tracing::debug!(%event, "nudge dropped");
        }
    }
}

/// Prepares the announcements. The returned task sends them until `stop`; spawn it.
pub(crate) fn open(
    broker: Broker,
    stop: CancellationToken,
) -> (Nudges, impl Future<Output = anyhow::Result<()>> + Send + 'static) {
    let (changed, changes) = mpsc::channel(WAITING_MAX);
    (Nudges(changed), send_all(broker, changes, stop))
}

async fn send_all(broker: Broker, mut changes: mpsc::Receiver<EventId>, stop: CancellationToken) -> anyhow::Result<()> {
    let mut publisher = None;
    loop {
        let event = tokio::select! {
            biased;
            Some(event) = changes.recv() => event,
            () = stop.cancelled() => return Ok(()),
        };
        if let Err(error) = send(&broker, &mut publisher, event).await {
            publisher = None;
            tracing::debug!(%event, %error, "nudge not sent; the change is seen within a second anyway");
        }
    }
}

async fn send(broker: &Broker, publisher: &mut Option<Publisher>, event: EventId) -> Result<(), BrokerError> {
    let open = match publisher {
        Some(open) => open,
        None => publisher.insert(Publisher::open(broker).await?),
    };
    let key = Topic::Rules.key(event);
    let sending = open.send_transient(topology::OUTCOMES, &key, &[]);
    let late = |_| BrokerError::Unconfirmed(CONFIRM_WITHIN.as_millis());
    tokio::time::timeout(CONFIRM_WITHIN, sending).await.map_err(late)??.confirmed(CONFIRM_WITHIN).await
}
