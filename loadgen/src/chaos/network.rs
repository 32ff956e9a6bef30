//! Proxies between the services and the servers. The weather on each way can be changed.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::stack::{Server, Servers, free_ports};

/// What is read at once, and then waits.
const CHUNK_BYTES: usize = 16 * 1024;
const DELAY: Duration = Duration::from_millis(40);

/// What happens to bytes under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weather {
    /// They arrive.
    Fair,
    /// They arrive later.
    Slow,
    /// They arrive when the weather is better.
    Silent,
    /// Connections end, and no new ones come about.
    Cut,
}

impl Weather {
    pub(super) fn name(self) -> &'static str {
        match self {
            Weather::Fair => "fair",
            Weather::Slow => "slow",
            Weather::Silent => "silent",
            Weather::Cut => "cut",
        }
    }
}

/// The ways to all servers.
pub(super) struct Network {
    ways: Vec<Way>,
    _proxies: JoinSet<()>,
}

struct Way {
    server: Server,
    weather: watch::Sender<Weather>,
    /// The variable that tells services about it, and its value.
    setting: (&'static str, String),
}

impl Network {
    pub(super) async fn open(servers: &Servers) -> anyhow::Result<Self> {
        let (mut ways, mut proxies) = (Vec::new(), JoinSet::new());
        for (server, variable, url) in [
            (Server::RabbitMq, "FLASHLINE_AMQP_URL", &servers.amqp_url),
            (Server::Redis, "FLASHLINE_REDIS_URL", &servers.redis_url),
            (Server::Postgres, "FLASHLINE_DATABASE_URL", &servers.database_url),
        ] {
            let beyond = address(url).context("a server without an address")?;
            let here = SocketAddr::from(([127, 0, 0, 1], free_ports(1)?[0]));
            let (weather, observed) = watch::channel(Weather::Fair);
            proxies.spawn(accept(TcpListener::bind(here).await?, beyond, observed));
            let setting = (variable, url.replace(&beyond.to_string(), &here.to_string()));
            ways.push(Way { server, weather, setting });
        }
        Ok(Self { ways, _proxies: proxies })
    }

    /// What points the services at the proxies.
    pub(super) fn settings(&self) -> Vec<(&str, &str)> {
        self.ways.iter().map(|way| (way.setting.0, way.setting.1.as_str())).collect()
    }

    pub(super) fn set(&self, server: Server, weather: Weather) {
        self.ways.iter().filter(|way| way.server == server).for_each(|way| {
            way.weather.send_replace(weather);
        });
    }
}

/// Of a URL with a numeric host.
fn address(url: &str) -> Option<SocketAddr> {
    let after = url.split_once("://")?.1.split(['/', '?']).next()?;
    after.rsplit('@').next()?.parse().ok()
}

async fn accept(listener: TcpListener, beyond: SocketAddr, weather: watch::Receiver<Weather>) {
    let mut connections = JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        if *weather.borrow() == Weather::Cut {
            continue;
        }
        connections.spawn(carry(near, beyond, weather.clone()));
    }
}

/// Carries bytes both ways until one end closes, or the way is cut.
async fn carry(near: TcpStream, beyond: SocketAddr, mut weather: watch::Receiver<Weather>) {
    let Ok(far) = TcpStream::connect(beyond).await else { return };
    if near.set_nodelay(true).is_err() || far.set_nodelay(true).is_err() {
        return;
    }
    let ((near_read, near_write), (far_read, far_write)) = (near.into_split(), far.into_split());
    tokio::select! {
        () = pump(near_read, far_write, weather.clone()) => {}
        () = pump(far_read, near_write, weather.clone()) => {}
        _ = weather.wait_for(|weather| *weather == Weather::Cut) => {}
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut weather: watch::Receiver<Weather>) {
    let mut chunk = vec![0; CHUNK_BYTES];
    while let Ok(read @ 1..) = from.read(&mut chunk).await {
        if *weather.borrow() == Weather::Slow {
            tokio::time::sleep(DELAY).await;
        }
        let clear = weather.wait_for(|weather| *weather != Weather::Silent).await.is_ok();
        if !clear || to.write_all(&chunk[..read]).await.is_err() {
            return;
        }
    }
}
