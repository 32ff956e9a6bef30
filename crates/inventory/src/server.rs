//! One Redis server.

use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, ClientTlsConfig, RedisResult, TlsCertificates};
use secrecy::ExposeSecret;
use tls::Trust;

/// How long to wait for an answer. A dropped request still runs on the server: after this the outcome of
/// a write is unknown, and only a read tells.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long to wait for a connection.
pub(crate) const CONNECTION_TIMEOUT: Duration = Duration::from_secs(2);
/// Between two tries to reconnect, at most.
const RECONNECT_LONGEST: Duration = Duration::from_secs(1);

/// A connection that reconnects by itself; does not wait for the server.
pub(crate) fn connect(url: &str, trust: &Trust) -> RedisResult<ConnectionManager> {
    let config = ConnectionManagerConfig::new()
        .set_response_timeout(Some(RESPONSE_TIMEOUT))
        .set_connection_timeout(Some(CONNECTION_TIMEOUT))
        .set_max_delay(RECONNECT_LONGEST);
    ConnectionManager::new_lazy_with_config(client(url, trust)?, config)
}

/// For the server at a URL, over TLS if that says so.
pub(crate) fn client(url: &str, trust: &Trust) -> RedisResult<Client> {
    if !url.starts_with("rediss:") {
        return Client::open(url);
    }
    let client_tls = trust.identity().map(|identity| ClientTlsConfig {
        client_cert: identity.chain.clone().into_bytes(),
        client_key: identity.key.expose_secret().to_owned().into_bytes(),
    });
    // The library believes either the system's authorities or those it is given.
    Client::build_with_tls(url, TlsCertificates { client_tls, root_cert: Some(trust.roots().into_bytes()) })
}
