//! Connections: few, shared by many channels, from a pool that replaces broken ones.

use std::time::Duration;

use deadpool_lapin::{Config, Pool, PoolConfig, Runtime, Timeouts};
use lapin::{Channel, ConnectionProperties};
use secrecy::ExposeSecret;

use super::AmqpError;
use crate::config;

/// Connections for publishing, and as many again for consuming. Each costs a thread and about 8 MiB.
const CONNECTIONS_EACH_WAY: usize = 1;
/// How long to wait for a connection, and for a channel on it.
const OPEN_TIMEOUT: Duration = Duration::from_secs(5);

/// The way to RabbitMQ. Publishing and consuming use separate connections: when the broker runs out of
/// memory it blocks publishing connections whole, and acks must still get through.
#[derive(Clone)]
pub struct Broker {
    publishing: Pool,
    consuming: Pool,
}

impl Broker {
    /// Prepares the pools; connects when first used. Automatic recovery stays off: it redeclares queues
    /// silently, and every owner of a channel here knows how to start over.
    ///
    /// # Errors
    /// When the settings make no pool.
    pub fn new(settings: &config::Amqp, application: &'static str) -> anyhow::Result<Self> {
        let pool = |way: &str| {
            let name = format!("{application} {way}");
            let properties = move || ConnectionProperties::default().with_connection_name(name.as_str().into());
            let timeouts =
                Timeouts { wait: Some(OPEN_TIMEOUT), create: Some(OPEN_TIMEOUT), recycle: Some(OPEN_TIMEOUT) };
            Config {
                url: Some(settings.amqp_url.expose_secret().to_owned()),
                pool: Some(PoolConfig { max_size: CONNECTIONS_EACH_WAY, timeouts, ..Default::default() }),
            }
            .create_pool(properties, Runtime::Tokio1)
            .map_err(anyhow::Error::from)
        };
        Ok(Self { publishing: pool("publishing")?, consuming: pool("consuming")? })
    }

    /// Whether a connection can be had now.
    ///
    /// # Errors
    /// When not, why.
    pub async fn check(&self) -> Result<(), AmqpError> {
        connection(&self.publishing).await.map(drop)
    }

    /// Whether the broker blocks what this process publishes: it runs out of memory or disk. A process that has
    /// published nothing is asked for the connection it has.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn is_blocked(&self) -> Result<bool, AmqpError> {
        let publishes = self.publishing.status().size > 0;
        let pool = if publishes { &self.publishing } else { &self.consuming };
        Ok(connection(pool).await?.status().blocked())
    }

    pub(super) async fn publishing_channel(&self) -> Result<Channel, AmqpError> {
        open_channel(&self.publishing).await
    }

    pub(super) async fn consuming_channel(&self) -> Result<Channel, AmqpError> {
        open_channel(&self.consuming).await
    }
}

/// The connection goes back to the pool at once, for the next channel; the channel lives on it.
async fn open_channel(pool: &Pool) -> Result<Channel, AmqpError> {
    let connection = connection(pool).await?;
    tokio::time::timeout(OPEN_TIMEOUT, connection.create_channel())
        .await
        .map_err(|_| AmqpError::Connection("no channel in time".to_owned()))?
        .map_err(AmqpError::from)
}

async fn connection(pool: &Pool) -> Result<deadpool_lapin::Connection, AmqpError> {
    pool.get().await.map_err(|error| AmqpError::Connection(error.to_string()))
}
