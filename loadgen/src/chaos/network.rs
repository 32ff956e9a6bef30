//! Proxies on every way between two of us: each kind of service to each server, the shoppers to the doors and to
//! the sockets. The weather on each way can be changed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use testbed::{Front, Kind, Server, Servers, free_ports};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// What is read at once, and then waits.
const CHUNK_BYTES: usize = 16 * 1024;
const DELAY: Duration = Duration::from_millis(40);
/// One chunk in so many is lost on the way, and comes when it is sent again.
const LOST_ONE_IN: u32 = 5;
const SENT_AGAIN_AFTER: Duration = Duration::from_millis(200);

/// What happens to bytes under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weather {
    /// They arrive.
    Fair,
    /// They arrive later.
    Slow,
    /// Some are lost, and arrive when they are sent again.
    Lossy,
    /// What is said arrives, what is answered does not: half open.
    Deaf,
    /// What is said does not arrive, what is answered does: half open.
    Mute,
    /// They arrive when the weather is better.
    Silent,
    /// Connections end, and no new ones come about.
    Cut,
}

impl Weather {
    /// All that is not fair.
    pub(super) const BAD: [Self; 6] = [Self::Slow, Self::Lossy, Self::Deaf, Self::Mute, Self::Silent, Self::Cut];

    pub(super) fn name(self) -> &'static str {
        match self {
            Weather::Fair => "fair",
            Weather::Slow => "slow",
            Weather::Lossy => "loses",
            Weather::Deaf => "half open, answers held up",
            Weather::Mute => "half open, requests held up",
            Weather::Silent => "silent",
            Weather::Cut => "cut",
        }
    }
}

/// A way between two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// All processes of a kind to a server.
    Within(Kind, Server),
    /// The shoppers to the doors (ingress) or to the sockets (notifier).
    Shoppers(Kind),
}

impl Way {
    pub(super) fn name(self) -> String {
        match self {
            Way::Within(kind, server) => format!("{} → {}", kind.name(), server.name()),
            Way::Shoppers(kind) => format!("shoppers → {}", kind.name()),
        }
    }
}

/// The kinds of services, and what they talk to.
pub(super) const KINDS: [Kind; 4] = [Kind::Ingress, Kind::Dispenser, Kind::OrderWorker, Kind::Notifier];
pub(super) const SERVERS: [Server; 3] = [Server::RabbitMq, Server::Redis, Server::Postgres];

/// All ways.
pub(super) struct Network {
    ways: Vec<(Way, watch::Sender<Weather>)>,
    /// For each kind: the variables that point it at its proxies, and their values.
    settings: Vec<(Kind, &'static str, String)>,
    /// Pieces of what was said that met bad weather, and connections that were cut off or not let through.
    disturbed: Arc<AtomicU64>,
    _proxies: JoinSet<()>,
}

impl Network {
    /// Proxies to all servers.
    pub(super) async fn open(servers: &Servers) -> anyhow::Result<Self> {
        let mut network =
            Self { ways: Vec::new(), settings: Vec::new(), disturbed: Arc::default(), _proxies: JoinSet::new() };
        for kind in KINDS {
            for (server, variable, url) in [
                (Server::RabbitMq, "FLASHLINE_AMQP_URL", &servers.amqp_url),
                (Server::Redis, "FLASHLINE_REDIS_URL", &servers.redis_url),
                (Server::Postgres, "FLASHLINE_DATABASE_URL", &servers.database_url),
            ] {
                let beyond = address(url).context("a server without an address")?;
                let weather = network.weather(Way::Within(kind, server));
                let here = network.proxy(beyond, weather).await?;
                network.settings.push((kind, variable, url.replace(&beyond.to_string(), &here.to_string())));
            }
        }
        Ok(network)
    }

    /// What points each kind of service at its proxies: a variable and its value.
    pub(super) fn settings(&self) -> impl Iterator<Item = (Kind, &str, &str)> {
        self.settings.iter().map(|(kind, variable, value)| (*kind, *variable, value.as_str()))
    }

    /// Proxies in front of what shoppers talk to: the addresses they are to use instead.
    pub(super) async fn in_front(&mut self, front: Front) -> anyhow::Result<Front> {
        let Front { mut doors, mut sockets } = front;
        for (kind, addresses) in [(Kind::Ingress, &mut doors), (Kind::Notifier, &mut sockets)] {
            let weather = self.weather(Way::Shoppers(kind));
            for address in addresses {
                *address = self.proxy(*address, weather.clone()).await?;
            }
        }
        Ok(Front { doors, sockets })
    }

    fn weather(&mut self, way: Way) -> watch::Receiver<Weather> {
        let (weather, observed) = watch::channel(Weather::Fair);
        self.ways.push((way, weather));
        observed
    }

    async fn proxy(&mut self, beyond: SocketAddr, weather: watch::Receiver<Weather>) -> anyhow::Result<SocketAddr> {
        let here = SocketAddr::from(([127, 0, 0, 1], free_ports(1)?[0]));
        let disturbed = Arc::clone(&self.disturbed);
        self._proxies.spawn(accept(TcpListener::bind(here).await?, beyond, weather, disturbed));
        Ok(here)
    }

    /// How many pieces and connections have met bad weather so far.
    pub(super) fn disturbed(&self) -> u64 {
        self.disturbed.load(Ordering::Relaxed)
    }

    /// Changes the weather between a server and everybody.
    pub(super) fn set(&self, server: Server, weather: Weather) {
        self.set_where(weather, |way| matches!(way, Way::Within(_, to) if to == server));
    }

    /// Changes the weather on one way.
    pub(super) fn set_one(&self, which: Way, weather: Weather) {
        self.set_where(weather, |way| way == which);
    }

    /// Fair weather everywhere.
    pub(super) fn clear(&self) {
        self.set_where(Weather::Fair, |_| true);
    }

    fn set_where(&self, weather: Weather, there: impl Fn(Way) -> bool) {
        self.ways.iter().filter(|(way, _)| there(*way)).for_each(|(_, observed)| {
            observed.send_replace(weather);
        });
    }
}

/// Of a URL with a numeric host.
fn address(url: &str) -> Option<SocketAddr> {
    let after = url.split_once("://")?.1.split(['/', '?']).next()?;
    after.rsplit('@').next()?.parse().ok()
}

async fn accept(
    listener: TcpListener,
    beyond: SocketAddr,
    weather: watch::Receiver<Weather>,
    disturbed: Arc<AtomicU64>,
) {
    let mut connections = JoinSet::new();
    let mut number = 0;
    while let Ok((near, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        if *weather.borrow() == Weather::Cut {
            disturbed.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        number += 1;
        connections.spawn(carry(near, beyond, number, weather.clone(), Arc::clone(&disturbed)));
    }
}

/// Carries bytes both ways until one end closes, or the way is cut.
async fn carry(
    near: TcpStream,
    beyond: SocketAddr,
    number: u64,
    mut weather: watch::Receiver<Weather>,
    disturbed: Arc<AtomicU64>,
) {
    let Ok(far) = TcpStream::connect(beyond).await else { return };
    if near.set_nodelay(true).is_err() || far.set_nodelay(true).is_err() {
        return;
    }
    let ((near_read, near_write), (far_read, far_write)) = (near.into_split(), far.into_split());
    let pump = |held_up_by, seed| Pump {
        held_up_by,
        weather: weather.clone(),
        chance: StdRng::seed_from_u64(seed),
        disturbed: &disturbed,
    };
    let (there, back) = (pump(Weather::Mute, number), pump(Weather::Deaf, !number));
    tokio::select! {
        () = there.run(near_read, far_write) => {}
        () = back.run(far_read, near_write) => {}
        _ = weather.wait_for(|weather| *weather == Weather::Cut) => drop(disturbed.fetch_add(1, Ordering::Relaxed)),
    }
}

/// One direction of a connection.
struct Pump<'a> {
    /// Besides silence.
    held_up_by: Weather,
    weather: watch::Receiver<Weather>,
    /// Which chunks are lost: the same for the same connection of a way.
    chance: StdRng,
    disturbed: &'a AtomicU64,
}

impl Pump<'_> {
    async fn run(mut self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let mut chunk = vec![0; CHUNK_BYTES];
        while let Ok(read @ 1..) = from.read(&mut chunk).await {
            let now = *self.weather.borrow();
            let held_up_by = self.held_up_by;
            let delay = match now {
                Weather::Slow => DELAY,
                Weather::Lossy if self.chance.random_ratio(1, LOST_ONE_IN) => SENT_AGAIN_AFTER,
                _ => Duration::ZERO,
            };
            if !delay.is_zero() || now == Weather::Silent || now == held_up_by {
                self.disturbed.fetch_add(1, Ordering::Relaxed);
            }
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            let clear = |weather: &Weather| *weather != Weather::Silent && *weather != held_up_by;
            let clear = self.weather.wait_for(clear).await.is_ok();
            if !clear || to.write_all(&chunk[..read]).await.is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(100);

    /// Two ends with weather between them.
    async fn ends() -> (TcpStream, TcpStream, watch::Sender<Weather>) {
        let far = TcpListener::bind("127.0.0.1:0").await.expect("bound");
        let near = TcpListener::bind("127.0.0.1:0").await.expect("bound");
        let (here, beyond) = (near.local_addr().expect("address"), far.local_addr().expect("address"));
        let (weather, observed) = watch::channel(Weather::Fair);
        tokio::spawn(accept(near, beyond, observed, Arc::default()));
        let client = TcpStream::connect(here).await.expect("connected");
        let (server, _) = far.accept().await.expect("accepted");
        (client, server, weather)
    }

    async fn arrives(from: &mut TcpStream, to: &mut TcpStream) -> bool {
        from.write_all(b"x").await.expect("written");
        matches!(tokio::time::timeout(SOON, to.read_exact(&mut [0])).await, Ok(Ok(_)))
    }

    #[tokio::test]
    async fn half_open_holds_up_one_direction_until_the_weather_is_better() {
        let (mut client, mut server, weather) = ends().await;
        assert!(arrives(&mut client, &mut server).await && arrives(&mut server, &mut client).await);
        weather.send_replace(Weather::Deaf);
        assert!(arrives(&mut client, &mut server).await, "what is said arrives");
        assert!(!arrives(&mut server, &mut client).await, "what is answered does not");
        weather.send_replace(Weather::Mute);
        client.read_exact(&mut [0]).await.expect("now the answer does");
        assert!(!arrives(&mut client, &mut server).await, "and what is said does not");
        weather.send_replace(Weather::Fair);
        server.read_exact(&mut [0]).await.expect("nothing was lost");
    }

    #[tokio::test]
    async fn a_cut_ends_connections_and_lets_no_new_ones_come_about() {
        let (mut client, mut server, weather) = ends().await;
        assert!(arrives(&mut client, &mut server).await);
        weather.send_replace(Weather::Cut);
        assert_eq!(client.read(&mut [0]).await.unwrap_or(0), 0, "the connection ends");
        let mut again = TcpStream::connect(client.peer_addr().expect("address")).await.expect("the proxy listens");
        assert_eq!(again.read(&mut [0]).await.unwrap_or(0), 0, "and nobody is beyond");
    }
}
