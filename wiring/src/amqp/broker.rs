//! Connections: few, shared by many channels, from pools that replace broken ones, on whichever node works.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use deadpool_lapin::{Config, Pool, PoolConfig, Runtime, Timeouts};
use lapin::{Channel, ConnectionProperties};
use secrecy::ExposeSecret;

use super::AmqpError;
use crate::config;

/// Connections to a node for publishing, and as many again for consuming. Each costs a thread and about 8 MiB.
const CONNECTIONS_EACH_WAY: usize = 1;
/// How long to wait for a connection, and for a channel on it.
const OPEN_TIMEOUT: Duration = Duration::from_secs(5);

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
    pub fn new(settings: &config::Amqp, application: &'static str) -> anyhow::Result<Self> {
        let nodes = |way: &str| Nodes::new(settings, &format!("{application} {way}")).map(Arc::new);
        Ok(Self { publishing: nodes("publishing")?, consuming: nodes("consuming")? })
    }

    /// Whether a connection can be had now.
    ///
    /// # Errors
    /// When not, why.
    pub async fn check(&self) -> Result<(), AmqpError> {
        self.publishing.first_that_works(connection).await.map(drop)
    }

    /// Whether the broker blocks what this process publishes: it runs out of memory or disk. A process that has
    /// published nothing is asked for the connection it has.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn is_blocked(&self) -> Result<bool, AmqpError> {
        let publishes = self.publishing.pools.iter().any(|pool| pool.status().size > 0);
        let nodes = if publishes { &self.publishing } else { &self.consuming };
        Ok(nodes.first_that_works(connection).await?.status().blocked())
    }

    pub(super) async fn publishing_channel(&self) -> Result<Channel, AmqpError> {
        self.publishing.first_that_works(open_channel).await
    }

    pub(super) async fn consuming_channel(&self) -> Result<Channel, AmqpError> {
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
    fn new(settings: &config::Amqp, name: &str) -> anyhow::Result<Self> {
        let timeouts = Timeouts { wait: Some(OPEN_TIMEOUT), create: Some(OPEN_TIMEOUT), recycle: Some(OPEN_TIMEOUT) };
        let pool = |url: &str| {
            let name = name.to_owned();
            let properties = move || ConnectionProperties::default().with_connection_name(name.as_str().into());
            let size = PoolConfig { max_size: CONNECTIONS_EACH_WAY, timeouts, ..Default::default() };
            Config { url: Some(url.to_owned()), pool: Some(size) }.create_pool(properties, Runtime::Tokio1)
        };
        let pools = settings.amqp_url.expose_secret().split(',').map(pool).collect::<Result<Vec<_>, _>>()?;
        let at = AtomicUsize::new(rand::random_range(0..pools.len()));
        Ok(Self { pools, at })
    }

    /// Tries each node in turn, from the one that worked last.
    async fn first_that_works<T, F>(&self, what: impl Fn(Pool) -> F) -> Result<T, AmqpError>
    where
        F: Future<Output = Result<T, AmqpError>>,
    {
        let first = self.at.load(Ordering::Relaxed);
        let mut failed = AmqpError::Ended;
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
async fn open_channel(pool: Pool) -> Result<Channel, AmqpError> {
    let connection = connection(pool).await?;
    tokio::time::timeout(OPEN_TIMEOUT, connection.create_channel())
        .await
        .map_err(|_| AmqpError::Connection("no channel in time".to_owned()))?
        .map_err(AmqpError::from)
}

async fn connection(pool: Pool) -> Result<deadpool_lapin::Connection, AmqpError> {
    pool.get().await.map_err(|error| AmqpError::Connection(error.to_string()))
}
