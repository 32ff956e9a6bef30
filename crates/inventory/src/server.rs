//! One Redis server.

use std::time::Duration;

use redis::RedisResult;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};

/// How long to wait for an answer. A dropped request still runs on the server: after this the outcome of
/// a write is unknown, and only a read tells.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long to wait for a connection.
pub(crate) const CONNECTION_TIMEOUT: Duration = Duration::from_secs(2);
/// Between two tries to reconnect, at most.
const RECONNECT_LONGEST: Duration = Duration::from_secs(1);

/// A connection that reconnects by itself; does not wait for the server.
pub(crate) fn connect(url: &str) -> RedisResult<ConnectionManager> {
    let config = ConnectionManagerConfig::new()
        .set_response_timeout(Some(RESPONSE_TIMEOUT))
        .set_connection_timeout(Some(CONNECTION_TIMEOUT))
        .set_max_delay(RECONNECT_LONGEST);
    ConnectionManager::new_lazy_with_config(redis::Client::open(url)?, config)
}
