//! Redis: the connection, and where an event's inventory lives.

pub mod inventory;

use std::time::Duration;

use anyhow::Context;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use secrecy::ExposeSecret;

use crate::config;

/// How long to wait for an answer. A dropped request still runs on the server: after this the outcome of
/// a write is unknown, and only a read tells.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long to wait for a connection.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(2);
/// Between two tries to reconnect, at most.
const RECONNECT_LONGEST: Duration = Duration::from_secs(1);

/// A multiplexed connection that reconnects by itself. Cheap to clone; does not wait for the server.
///
/// # Errors
/// When the URL cannot be read.
pub fn connect(settings: &config::Redis) -> anyhow::Result<ConnectionManager> {
    let client = redis::Client::open(settings.redis_url.expose_secret())
        .context("FLASHLINE_REDIS_URL: must be a redis:// URL")?;
    let config = ConnectionManagerConfig::new()
        .set_response_timeout(Some(RESPONSE_TIMEOUT))
        .set_connection_timeout(Some(CONNECTION_TIMEOUT))
        .set_max_delay(RECONNECT_LONGEST);
    ConnectionManager::new_lazy_with_config(client, config).context("redis")
}
