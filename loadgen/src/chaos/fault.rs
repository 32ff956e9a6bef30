//! Each fault, and how it is undone.

use anyhow::Context;
use sale::ids::EventId;
use secrecy::SecretString;
use std::time::Duration;
use wiring::amqp::{Broker, Publisher, topology};

use super::network::{Network, Weather};
use crate::stack::{Kind, Server, Stack};

const CONFIRM_WITHIN: Duration = Duration::from_secs(5);

/// Something that goes wrong, and later is right again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Kill -9 of a process; started again at the end.
    Kill(Kind, usize),
    /// A process stands still, and wakes up late.
    Stall(Kind, usize),
    /// Kill -9 of a server; started again at the end.
    KillServer(Server),
    /// A server stands still.
    StallServer(Server),
    /// A server restarts in good order.
    RestartServer(Server),
    /// Redis loses everything.
    WipeRedis,
    /// At the end Redis comes back as it was at the beginning.
    OldRedis,
    /// RabbitMQ takes no more messages (`connection.blocked`).
    MemoryAlarm,
    /// PostgreSQL ends every session.
    EndSessions,
    /// A message that nobody can read stands in the line.
    Poison,
    /// The way to a server is slow, silent, or cut.
    Network(Server, Weather),
}

const SERVERS: [Server; 3] = [Server::RabbitMq, Server::Redis, Server::Postgres];
const KINDS: [Kind; 4] = [Kind::Ingress, Kind::Dispenser, Kind::OrderWorker, Kind::Notifier];

/// Every fault there is.
pub(super) fn all() -> Vec<Fault> {
    let of_process = |kind| (0..2).flat_map(move |index| [Fault::Kill(kind, index), Fault::Stall(kind, index)]);
    let of_server = |server| {
        let weather = [Weather::Slow, Weather::Silent, Weather::Cut].map(|weather| Fault::Network(server, weather));
        [Fault::KillServer(server), Fault::StallServer(server), Fault::RestartServer(server)].into_iter().chain(weather)
    };
    let others = [Fault::WipeRedis, Fault::OldRedis, Fault::MemoryAlarm, Fault::EndSessions, Fault::Poison];
    KINDS.into_iter().flat_map(of_process).chain(SERVERS.into_iter().flat_map(of_server)).chain(others).collect()
}

impl Fault {
    /// For people.
    pub(super) fn name(self) -> String {
        match self {
            Fault::Kill(kind, _) => format!("{}: kill -9", kind.name()),
            Fault::Stall(kind, _) => format!("{}: stalls, and wakes up late", kind.name()),
            Fault::KillServer(server) => format!("{}: kill -9", server.name()),
            Fault::StallServer(server) => format!("{}: stalls", server.name()),
            Fault::RestartServer(server) => format!("{}: restart", server.name()),
            Fault::WipeRedis => "Redis: wiped".to_owned(),
            Fault::OldRedis => "Redis: put back from an older copy".to_owned(),
            Fault::MemoryAlarm => "RabbitMQ: memory alarm".to_owned(),
            Fault::EndSessions => "PostgreSQL: sessions ended".to_owned(),
            Fault::Poison => "a poison message in the line".to_owned(),
            Fault::Network(server, weather) => format!("network to {}: {}", server.name(), weather.name()),
        }
    }

    /// Where it happens: two at one place would undo each other.
    pub(super) fn place(self) -> String {
        match self {
            Fault::Kill(kind, index) | Fault::Stall(kind, index) => format!("{} {index}", kind.name()),
            Fault::KillServer(server)
            | Fault::StallServer(server)
            | Fault::RestartServer(server)
            | Fault::Network(server, _) => server.name().to_owned(),
            Fault::WipeRedis | Fault::OldRedis => Server::Redis.name().to_owned(),
            Fault::MemoryAlarm => Server::RabbitMq.name().to_owned(),
            Fault::EndSessions => Server::Postgres.name().to_owned(),
            Fault::Poison => "line".to_owned(),
        }
    }

    pub(super) async fn begin(self, stack: &mut Stack, network: &Network, event: EventId) -> anyhow::Result<()> {
        match self {
            Fault::Kill(kind, index) => stack.process(kind, index).kill(),
            Fault::Stall(kind, index) => stack.process(kind, index).pause(),
            Fault::KillServer(server) => stack.servers.kill(server).await?,
            Fault::StallServer(server) => stack.servers.pause(server).await?,
            Fault::RestartServer(server) => stack.servers.restart(server).await?,
            Fault::WipeRedis => stack.servers.wipe_redis().await?,
            Fault::OldRedis => stack.servers.keep_redis().await?,
            Fault::MemoryAlarm => stack.servers.alarm(true).await?,
            Fault::EndSessions => end_sessions(stack).await?,
            Fault::Poison => poison(stack, event).await?,
            Fault::Network(server, weather) => network.set(server, weather),
        }
        Ok(())
    }

    pub(super) async fn end(self, stack: &mut Stack, network: &Network) -> anyhow::Result<()> {
        match self {
            Fault::Kill(kind, index) => stack.process(kind, index).start()?,
            Fault::Stall(kind, index) => stack.process(kind, index).resume(),
            Fault::KillServer(server) => stack.servers.start(server).await?,
            Fault::StallServer(server) => stack.servers.resume(server).await?,
            Fault::OldRedis => stack.servers.put_redis_back().await?,
            Fault::MemoryAlarm => stack.servers.alarm(false).await?,
            Fault::Network(server, _) => network.set(server, Weather::Fair),
            Fault::RestartServer(_) | Fault::WipeRedis | Fault::EndSessions | Fault::Poison => {}
        }
        Ok(())
    }
}

async fn end_sessions(stack: &Stack) -> anyhow::Result<()> {
    let pool = stack.postgres().await?;
    sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()")
        .execute(&pool)
        .await?;
    Ok(())
}

async fn poison(stack: &Stack, event: EventId) -> anyhow::Result<()> {
    let amqp_url = SecretString::from(stack.servers.amqp_url.clone());
    let broker = Broker::new(&wiring::config::Amqp { amqp_url }, "chaos")?;
    let mut publisher = Publisher::open(&broker).await?;
    let sent = publisher.send("", &topology::line_queue(event), b"nobody can read this").await?;
    sent.confirmed(CONFIRM_WITHIN).await.context("the poison was not taken")?;
    publisher.close().await;
    Ok(())
}
