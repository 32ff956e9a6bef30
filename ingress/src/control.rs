//! What organisers change: in the record first, then everybody is told.

use std::sync::Arc;
use std::time::Duration;

use broker::{Broker, topology};
use record::PgPool;
use sale::ids::EventId;

use crate::checks::Checks;
use crate::gateways::Gateways;
use crate::grants::Grants;
use crate::nudges::Nudges;
use crate::origins::Origins;
use crate::problems::{ApiError, Kind};
use crate::sign_ins::SignIns;

/// How long the creation of an event waits for the broker to make its queue.
const DECLARE_WITHIN: Duration = Duration::from_secs(3);
/// How long a change waits for Redis to hold writers to it.
const REQUIRE_WITHIN: Duration = Duration::from_secs(2);

/// Where changes go.
pub(crate) struct Control {
    pub(crate) postgres: PgPool,
    pub(crate) redis: inventory::Connection,
    pub(crate) nudges: Nudges,
    pub(crate) broker: Broker,
    pub(crate) gateways: Gateways,
    pub(crate) grants: Arc<Grants>,
    /// How shoppers can say who they are here.
    pub(crate) sign_ins: SignIns,
    /// What guests can be asked to show here.
    pub(crate) checks: Arc<Checks>,
    pub(crate) origins: Arc<Origins>,
}

impl Control {
    /// Sees to it that nobody decides by older rules than these any more: a writer that has not heard of them is refused
    /// its next commit. With Redis away nobody decides anything; but one that only this process cannot reach leaves the
    /// writer to hear of it by itself, within a second.
    pub(crate) async fn bind_writers(&self, event: EventId, version: i64) {
        let mut redis = self.redis.clone();
        let required = inventory::require_rules(&mut redis, event, version);
        match tokio::time::timeout(REQUIRE_WITHIN, required).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%event, version, %error, "writers are not held to the newest rules"),
            Err(_) => tracing::warn!(%event, version, "writers are not held to the newest rules: no answer in time"),
        }
    }

    /// Whether a writer still reads the line of an event.
    pub(crate) async fn is_line_read(&self, event: EventId) -> Result<bool, ApiError> {
        match tokio::time::timeout(DECLARE_WITHIN, topology::line_read(&self.broker, event)).await {
            Ok(Ok(is_read)) => Ok(is_read),
            Ok(Err(_)) | Err(_) => Err(Kind::Unavailable.because("the broker does not say whether its line is read")),
        }
    }

    /// Removes the queue and the inventory of an event that is no more. What stays, while a server is away, nobody looks for.
    pub(crate) async fn remove_line(&self, event: EventId) {
        let mut redis = self.redis.clone();
        let removed = async {
            topology::delete_line(&self.broker, event).await?;
            inventory::remove(&mut redis, event).await?;
            anyhow::Ok(())
        };
        match tokio::time::timeout(DECLARE_WITHIN, removed).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%event, error = format!("{error:#}"), "the line of a deleted draft stays"),
            Err(_) => tracing::warn!(%event, "the line of a deleted draft stays: no answer in time"),
        }
    }

    /// Makes an event's queue. If the broker is away, the first attempt (or the dispenser) makes it.
    pub(crate) async fn provide_line(&self, event: EventId) {
        match tokio::time::timeout(DECLARE_WITHIN, topology::declare_line(&self.broker, event)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%event, %error, "line not made yet; its first attempt will"),
            Err(_) => tracing::warn!(%event, "line not made in time; its first attempt will"),
        }
    }
}
