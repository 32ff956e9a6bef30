//! Connections of a pool: opened and judged by deadpool-lapin, which knows nothing of TLS; so those are opened here.

use deadpool::managed::{self, Manager, Metrics, RecycleResult};
use lapin::tcp::{OwnedIdentity, OwnedTLSConfig};
use lapin::{Connection, ConnectionProperties, DefaultConnectionBuilder};
use secrecy::ExposeSecret;
use tls::Trust;

/// A pool of connections to one node.
pub(crate) type Pool = managed::Pool<Opening>;

/// How connections to one node are opened.
#[derive(Debug)]
pub(crate) struct Opening {
    url: String,
    name: String,
    trust: Trust,
    plain: deadpool_lapin::Manager,
}

impl Opening {
    /// To the node at `url`, as the operator sees them: by `name`.
    ///
    /// # Errors
    /// Outside a runtime.
    pub(crate) fn new(url: &str, trust: &Trust, name: &str) -> lapin::Result<Self> {
        let named = name.to_owned();
        let plain = deadpool_lapin::Manager::new(url, move || properties(&named), lapin::runtime::default_runtime()?);
        Ok(Self { url: url.to_owned(), name: name.to_owned(), trust: trust.clone(), plain })
    }

    pub(crate) fn is_over_tls(&self) -> bool {
        self.url.starts_with("amqps:")
    }

    fn tls(&self) -> OwnedTLSConfig {
        let identity = self.trust.identity().map(|identity| OwnedIdentity::PKCS8 {
            pem: identity.chain.clone().into_bytes(),
            key: identity.key.expose_secret().to_owned().into_bytes(),
        });
        // The system's authorities are known to the library by itself.
        OwnedTLSConfig { identity, cert_chain: self.trust.ca().map(str::to_owned) }
    }
}

fn properties(name: &str) -> ConnectionProperties {
    ConnectionProperties::default().with_connection_name(name.into())
}

impl Manager for Opening {
    type Type = Connection;
    type Error = lapin::Error;

    async fn create(&self) -> lapin::Result<Connection> {
        if !self.is_over_tls() {
            return self.plain.create().await;
        }
        let over_tls = DefaultConnectionBuilder::new()?
            .with_uri_str(self.url.clone())
            .with_properties(properties(&self.name))
            .with_tls_config(self.tls());
        over_tls.connect().await
    }

    async fn recycle(&self, connection: &mut Connection, metrics: &Metrics) -> RecycleResult<lapin::Error> {
        self.plain.recycle(connection, metrics).await
    }
}
