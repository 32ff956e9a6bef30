//! What organisers change: in the record first, then everybody is told.

use std::time::Duration;

use broker::{Broker, topology};
use record::PgPool;
use sale::ids::EventId;

use crate::nudges::Nudges;

/// How long the creation of an event waits for the broker to make its queue.
const DECLARE_WITHIN: Duration = Duration::from_secs(3);

/// Where changes go.
pub(crate) struct Control {
    pub(crate) postgres: PgPool,
    pub(crate) nudges: Nudges,
    pub(crate) broker: Broker,
}

impl Control {
    /// Makes an event's queue. If the broker is away, the first attempt (or the dispenser) makes it.
    pub(crate) async fn provide_line(&self, event: EventId) {
        match tokio::time::timeout(DECLARE_WITHIN, topology::declare_line(&self.broker, event)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%event, %error, "line not made yet; its first attempt will"),
            Err(_) => tracing::warn!(%event, "line not made in time; its first attempt will"),
        }
    }
}
