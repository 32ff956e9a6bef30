//! The connection: to one server, or to whichever of several is the primary.

use std::io;

use anyhow::Context;
use clap::Args;
use redis::aio::{ConnectionLike, ConnectionManager};
use redis::{Cmd, Pipeline, RedisError, RedisFuture, RedisResult, Value};
use secrecy::{ExposeSecret, SecretString};
use tls::Trust;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::sentinel::{self, Sentinels};
use crate::{meters, server};

/// Where Redis is.
#[derive(Clone, Debug, Args)]
#[group(skip)]
#[command(next_help_heading = "Servers")]
pub struct Settings {
    /// Redis, as redis://[:password@]host:port/; or the Sentinels that know where it is, as
    /// redis+sentinel://[:password@]host:port,host:port,host:port/NAME (the password is that of Redis); over TLS with
    /// rediss:// or rediss+sentinel://
    #[arg(long = "redis-url", env = "FLASHLINE_REDIS_URL", hide_env_values = true, value_parser = url)]
    pub redis_url: SecretString,
}

fn url(text: &str) -> Result<SecretString, String> {
    if Sentinels::are_meant(text) {
        text.parse::<Sentinels>().map(|_| SecretString::from(text))
    } else {
        settings::url(&["redis", "rediss"])(text).map_err(|error| format!("{error}, or {}", Sentinels::EXPECTED))
    }
}

/// A multiplexed connection that reconnects by itself, and follows the primary when it moves. Cheap to clone.
#[derive(Clone)]
pub struct Connection {
    /// Nothing until a Sentinel has said where it is.
    primary: watch::Receiver<Option<ConnectionManager>>,
    pub(crate) over_tls: bool,
}

/// Prepares a connection; does not wait for the server.
///
/// # Errors
/// When the URL cannot be read.
pub fn connect(settings: &Settings, trust: &Trust) -> anyhow::Result<Connection> {
    meter::register(meters::ALL);
    let url = settings.redis_url.expose_secret();
    let expected = || format!("FLASHLINE_REDIS_URL: must be a redis:// or rediss:// URL, or {}", Sentinels::EXPECTED);
    if !Sentinels::are_meant(url) {
        let server = server::connect(url, trust).with_context(expected)?;
        return Ok(Connection { over_tls: url.starts_with("rediss:"), ..Connection::from(server) });
    }
    let sentinels: Sentinels = url.parse().map_err(|_| anyhow::anyhow!(expected()))?;
    let (tell, primary) = watch::channel(None);
    let over_tls = sentinels.are_over_tls();
    tokio::spawn(sentinel::follow(sentinels, trust.clone(), tell));
    Ok(Connection { primary, over_tls })
}

impl From<ConnectionManager> for Connection {
    /// To one server, which does not move; not over TLS.
    fn from(server: ConnectionManager) -> Self {
        Self { primary: watch::channel(Some(server)).1, over_tls: false }
    }
}

impl Connection {
    /// The primary, and who notices when it moves.
    async fn primary(&self) -> RedisResult<(ConnectionManager, watch::Receiver<Option<ConnectionManager>>)> {
        let mut moves = self.primary.clone();
        let primary = match timeout(server::CONNECTION_TIMEOUT, moves.wait_for(Option::is_some)).await {
            Ok(Ok(primary)) => primary.clone(),
            Ok(Err(_)) | Err(_) => None,
        };
        let unknown = || RedisError::from(io::Error::new(io::ErrorKind::NotConnected, "no Sentinel names a primary"));
        Ok((primary.ok_or_else(unknown)?, moves))
    }
}

/// What the old primary has not answered when it is replaced will not be known from it.
async fn unless_it_moves<T>(
    answer: impl Future<Output = RedisResult<T>>,
    mut moves: watch::Receiver<Option<ConnectionManager>>,
) -> RedisResult<T> {
    tokio::select! {
        biased;
        answer = answer => answer,
        Ok(()) = moves.changed() => Err(io::Error::new(io::ErrorKind::ConnectionAborted, "the primary has moved").into()),
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            let (mut primary, moves) = self.primary().await?;
            unless_it_moves(primary.send_packed_command(command), moves).await
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async move {
            let (mut primary, moves) = self.primary().await?;
            unless_it_moves(primary.send_packed_commands(pipeline, offset, count), moves).await
        })
    }

    fn get_db(&self) -> i64 {
        self.primary.borrow().as_ref().map_or(0, ConnectionLike::get_db)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_or_its_sentinels() {
        assert!(url("redis://a:6379/").is_ok());
        assert!(url("redis+sentinel://:secret@a:26379,b:26379/shop").is_ok());
        for wrong in ["http://a", "redis+sentinel://a:26379", "redis+sentinel://a,b/shop", "redis+sentinel:///shop"] {
            let error = url(wrong).expect_err(wrong);
            assert!(error.contains("redis+sentinel://host:port"), "{wrong}: {error}");
        }
    }
}
