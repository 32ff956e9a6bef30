//! Connections: few, shared by many channels, from pools that replace broken ones, on whichever node works.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use clap::Args;
use deadpool::managed::Object;
use deadpool_lapin::{PoolConfig, Runtime, Timeouts};
use lapin::Channel;
use secrecy::{ExposeSecret, SecretString};
use tls::Trust;

use crate::opening::{Opening, Pool};
use crate::{BrokerError, meters};

/// Connections to a node for publishing, and as many again for consuming. Each costs a thread and about 8 MiB.
const CONNECTIONS_EACH_WAY: usize = 1;
/// How long to wait for a connection, and for a channel on it.
const OPEN_TIMEOUT: Duration = Duration::from_secs(5);

/// Where RabbitMQ is.
#[derive(Clone, Debug, Args)]
#[group(skip)]
#[command(next_help_heading = "Servers")]
pub struct Settings {
    /// RabbitMQ, as amqp://user:password@host:port/vhost?heartbeat=10, or amqps:// for TLS; the nodes of a cluster separated
    /// by commas
    #[arg(long = "amqp-url", env = "FLASHLINE_AMQP_URL", hide_env_values = true, value_parser = urls)]
    pub amqp_url: SecretString,
}

fn urls(text: &str) -> Result<SecretString, String> {
    let is_url = settings::url(&["amqp", "amqps"]);
    match text.split(',').try_for_each(|one| is_url(one).map(drop)) {
        Ok(()) => Ok(SecretString::from(text)),
        Err(_) => Err("must be a URL that starts with amqp:// or amqps://, or several separated by commas".to_owned()),
    }
}

/// The way to RabbitMQ. Publishing and consuming use separate connections: when the broker runs out of
/// memory it blocks publishing connections whole, and acks must still get through.
#[derive(Clone)]
pub struct Broker {
    publishing: Arc<Nodes>,
    consuming: Arc<Nodes>,
}

impl Broker {
    /// Prepares the pools; connects when first used. Automatic recovery stays off: it redeclares queues
    /// silently, and every owner of a channel here knows how to start over.
    ///
    /// # Errors
    /// When the settings make no pool.
    pub fn new(settings: &Settings, trust: &Trust, application: &'static str) -> anyhow::Result<Self> {
        meter::register(meters::ALL);
        let nodes = |way: &str| Nodes::new(settings, trust, &format!("{application} {way}")).map(Arc::new);
        Ok(Self { publishing: nodes("publishing")?, consuming: nodes("consuming")? })
    }

    /// Whether the nodes are asked over TLS.
    pub(crate) fn is_over_tls(&self) -> bool {
        self.publishing.pools.iter().all(|pool| pool.manager().is_over_tls())
    }

    /// Whether a connection can be had now.
    ///
    /// # Errors
    /// When not, why.
    pub async fn check(&self) -> Result<(), BrokerError> {
        self.publishing.first_that_works(connection).await.map(drop)
    }

    /// Whether the broker blocks what this process publishes: it runs out of memory or disk. A process that has
    /// published nothing is asked for the connection it has.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn is_blocked(&self) -> Result<bool, BrokerError> {
        let publishes = self.publishing.pools.iter().any(|pool| pool.status().size > 0);
        let nodes = if publishes { &self.publishing } else { &self.consuming };
        Ok(nodes.first_that_works(connection).await?.status().blocked())
    }

    pub(crate) async fn publishing_channel(&self) -> Result<Channel, BrokerError> {
        self.publishing.first_that_works(open_channel).await
    }

    pub(crate) async fn consuming_channel(&self) -> Result<Channel, BrokerError> {
        self.consuming.first_that_works(open_channel).await
    }
}

/// The nodes of a cluster, with a pool each. All serve the same queues.
struct Nodes {
    pools: Vec<Pool>,
    /// The one that worked last. A random one at first, so that processes spread.
    at: AtomicUsize,
}

impl Nodes {
    fn new(settings: &Settings, trust: &Trust, name: &str) -> anyhow::Result<Self> {
        let timeouts = Timeouts { wait: Some(OPEN_TIMEOUT), create: Some(OPEN_TIMEOUT), recycle: Some(OPEN_TIMEOUT) };
        let pool = |url: &str| {
            let size = PoolConfig { max_size: CONNECTIONS_EACH_WAY, timeouts, ..Default::default() };
            anyhow::Ok(Pool::builder(Opening::new(url, trust, name)?).config(size).runtime(Runtime::Tokio1).build()?)
        };
        let pools = settings.amqp_url.expose_secret().split(',').map(pool).collect::<Result<Vec<_>, _>>()?;
        let at = AtomicUsize::new(rand::random_range(0..pools.len()));
        Ok(Self { pools, at })
    }

    /// Tries each node in turn, from the one that worked last.
    async fn first_that_works<T, F>(&self, what: impl Fn(Pool) -> F) -> Result<T, BrokerError>
    where
        F: Future<Output = Result<T, BrokerError>>,
    {
        let first = self.at.load(Ordering::Relaxed);
        let mut failed = BrokerError::Ended;
        for turn in 0..self.pools.len() {
            let at = (first + turn) % self.pools.len();
            match what(self.pools[at].clone()).await {
                Ok(done) => {
                    self.at.store(at, Ordering::Relaxed);
                    return Ok(done);
                }
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }
}

/// The connection goes back to the pool at once, for the next channel; the channel lives on it.
async fn open_channel(pool: Pool) -> Result<Channel, BrokerError> {
    let connection = connection(pool).await?;
    tokio::time::timeout(OPEN_TIMEOUT, connection.create_channel())
        .await
        .map_err(|_| BrokerError::NoChannel)?
        .map_err(BrokerError::from)
}

async fn connection(pool: Pool) -> Result<Object<Opening>, BrokerError> {
    Ok(pool.get().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_may_be_one_server_or_several() {
        let (one, two) = ("amqp://guest:guest@a:5672/%2f?heartbeat=10", "amqp://a:5672,amqps://b:5671");
        assert!(urls(one).is_ok() && urls(two).is_ok());
        for wrong in ["", "http://a", "amqp://", "amqp://a:5672,", "amqp://a:5672,b:5672"] {
            let error = urls(wrong).expect_err(wrong);
            assert!(error.contains("amqp://") && error.contains("commas"), "{wrong}: {error}");
        }
    }
}
