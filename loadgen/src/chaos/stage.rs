//! Where faults happen: how each is made, and undone.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use anyhow::{Context, ensure};
use broker::{Publisher, topology};
use lapin::options::QueueDeleteOptions;
use sale::ids::EventId;
use sale::time::UnixMs;
use serde_json::json;
use testbed::shopper::Mood;
use testbed::{Kind, Process, Server, Testbed};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::fault::Fault;
use super::network::{Network, Weather};
use super::repeat::{self, Said};

const CONFIRM_WITHIN: Duration = Duration::from_secs(5);
const STORM_EVERY: Duration = Duration::from_millis(700);
const EMPTY_WITHIN: Duration = Duration::from_secs(8);
const CLAIMED_WITHIN: Duration = Duration::from_secs(15);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// What a dispenser that wakes up would do, it does within this time.
const AWAKE_IN_THE_PAUSE: Duration = Duration::from_secs(2);
/// Deletes every queue that lives as long as its connection: one for each listener.
const DELETE_LISTENERS: &str = r#"[rabbit_amqqueue:delete(Queue, false, false, <<"chaos">>)
    || Queue <- rabbit_amqqueue:list(<<"/">>), amqqueue:get_exclusive_owner(Queue) =/= none]."#;
/// What a consumer has not acked counts. Looks every 50 ms, for 8 s: ticks come and go.
const DELETE_IF_EMPTY: &str = r#"{ok, Queue} = rabbit_amqqueue:lookup(rabbit_misc:r(<<"/">>, queue, <<"QUEUE">>)),
    Look = fun Look(0) -> full;
        Look(Left) -> case ra:consistent_query(amqqueue:get_pid(Queue), fun rabbit_fifo:query_messages_total/1) of
            {ok, 0, _} -> rabbit_amqqueue:delete(Queue, false, false, <<"chaos">>), deleted;
            _ -> timer:sleep(50), Look(Left - 1)
        end
    end,
    Look(160)."#;

/// A sale to which things happen.
pub(super) struct Stage<'a> {
    pub(super) testbed: &'a mut Testbed,
    pub(super) network: &'a Network,
    pub(super) event: EventId,
    pub(super) mood: Arc<watch::Sender<Mood>>,
    /// Messages said again so far.
    pub(super) repeated: Arc<AtomicU64>,
    /// What goes on until its fault ends.
    pub(super) going: HashMap<String, JoinSet<()>>,
    /// From when the organiser was told that the sale is paused, until they asked for it to go on.
    pub(super) paused: Option<(UnixMs, UnixMs)>,
}

impl Stage<'_> {
    pub(super) async fn begin(&mut self, fault: Fault) -> anyhow::Result<()> {
        let servers = &self.testbed.servers;
        match fault {
            Fault::Kill(kind, index) => self.testbed.process(kind, index).kill(),
            Fault::Stall(kind, index) => self.testbed.process(kind, index).pause(),
            Fault::Skew(kind, index, minutes) => {
                self.testbed.process(kind, index).kill();
                self.testbed.process(kind, index).start_skewed(minutes)?;
            }
            Fault::KillServer(server) => servers.kill(server).await?,
            Fault::StallServer(server) => servers.pause(server).await?,
            Fault::RestartServer(server) => servers.restart(server).await?,
            Fault::FullDisk(server) => servers.fill_disk(server).await?,
            Fault::WipeRedis => servers.wipe_redis().await?,
            Fault::OldRedis => servers.keep_redis().await?,
            Fault::MemoryAlarm => servers.alarm(true).await?,
            Fault::EndConnections => drop(servers.ctl(&["close_all_connections", "chaos"]).await?),
            Fault::DeleteListeners => drop(servers.ctl(&["eval", DELETE_LISTENERS]).await?),
            Fault::DeleteLedger => self.delete_ledger().await?,
            Fault::DeleteLine => self.delete_line().await?,
            Fault::EndSessions => end_sessions(self.testbed).await?,
            Fault::BusyPostgres => self.hold_heartbeats(fault).await?,
            Fault::AwayPostgres => {
                has_writer(self.testbed, self.event).await?;
                servers.kill(Server::Postgres).await?;
            }
            Fault::PauseUnheard => {
                self.each(Kind::Dispenser, |process| process.pause());
                self.testbed.admin.run(self.event, "pause", json!({ "reason": "a moment" })).await?;
                self.paused = Some((clock::now(), UnixMs(u64::MAX)));
            }
            Fault::Poison => poison(self.testbed, self.event).await?,
            Fault::Repeat(said, again) => {
                if said == Said::Line {
                    servers.ctl(&["trace_on"]).await?;
                }
                let repeating =
                    repeat::start(&servers.amqp_url, self.event, (said, again), Arc::clone(&self.repeated)).await?;
                self.going.insert(fault.name(), repeating);
            }
            Fault::Network(server, weather) => self.network.set(server, weather),
            Fault::Way(way, weather) => self.network.set_one(way, weather),
            Fault::Sockets(Mood::Storm) => self.storm(fault),
            Fault::Sockets(mood) => drop(self.mood.send_replace(mood)),
        }
        Ok(())
    }

    pub(super) async fn end(&mut self, fault: Fault) -> anyhow::Result<()> {
        self.going.remove(&fault.name());
        let servers = &self.testbed.servers;
        match fault {
            Fault::Kill(kind, index) => self.testbed.process(kind, index).start()?,
            Fault::Stall(kind, index) => self.testbed.process(kind, index).resume(),
            Fault::Skew(kind, index, _) => {
                self.testbed.process(kind, index).kill();
                self.testbed.process(kind, index).start()?;
            }
            Fault::KillServer(server) => servers.start(server).await?,
            Fault::AwayPostgres => servers.start(Server::Postgres).await?,
            Fault::StallServer(server) => servers.resume(server).await?,
            Fault::FullDisk(server) => servers.free_disk(server).await?,
            Fault::OldRedis => servers.put_redis_back().await?,
            Fault::MemoryAlarm => servers.alarm(false).await?,
            Fault::Repeat(Said::Line, _) => drop(servers.ctl(&["trace_off"]).await?),
            Fault::Network(server, _) => self.network.set(server, Weather::Fair),
            Fault::Way(way, _) => self.network.set_one(way, Weather::Fair),
            Fault::Sockets(_) => drop(self.mood.send_replace(Mood::Calm)),
            Fault::PauseUnheard => {
                self.each(Kind::Dispenser, |process| process.resume());
                tokio::time::sleep(AWAKE_IN_THE_PAUSE).await;
                self.paused = self.paused.map(|(told, _)| (told, clock::now()));
                self.testbed.admin.run(self.event, "resume", json!({})).await?;
            }
            Fault::RestartServer(_)
            | Fault::WipeRedis
            | Fault::EndConnections
            | Fault::DeleteListeners
            | Fault::DeleteLedger
            | Fault::DeleteLine
            | Fault::EndSessions
            | Fault::BusyPostgres
            | Fault::Poison
            | Fault::Repeat(Said::Outcomes, _) => {}
        }
        Ok(())
    }

    /// Again and again, since each is over in a moment.
    fn storm(&mut self, fault: Fault) {
        let (mood, mut storm) = (Arc::clone(&self.mood), JoinSet::new());
        storm.spawn(async move {
            loop {
                mood.send_replace(Mood::Storm);
                tokio::time::sleep(STORM_EVERY).await;
            }
        });
        self.going.insert(fault.name(), storm);
    }

    async fn delete_ledger(&self) -> anyhow::Result<()> {
        let queue = topology::ledger_queue(broker::ledger_partition(self.event));
        let (_connection, channel) = repeat::channel(&self.testbed.servers.amqp_url).await?;
        channel.queue_delete(queue.as_str().into(), QueueDeleteOptions::default()).await?;
        Ok(())
    }

    /// What is in a line that is deleted is lost, and no broker can bring it back. So the doors stand still, and it is
    /// deleted when it is empty. (A confirmation that comes at that moment is sent again by the order-worker.)
    async fn delete_line(&mut self) -> anyhow::Result<()> {
        self.each(Kind::Ingress, |process| process.pause());
        let deleted = self.delete_empty_line().await;
        self.each(Kind::Ingress, |process| process.resume());
        deleted
    }

    fn each(&mut self, kind: Kind, what: impl Fn(&Process)) {
        (0..2).for_each(|index| what(self.testbed.process(kind, index)));
    }

    /// The broker itself looks, at what waits and at what is in somebody's hands, and deletes.
    async fn delete_empty_line(&self) -> anyhow::Result<()> {
        let delete = DELETE_IF_EMPTY.replace("QUEUE", &topology::line_queue(self.event));
        let give_up = Instant::now() + EMPTY_WITHIN;
        while self.testbed.servers.ctl(&["eval", &delete]).await?.trim() != "deleted" {
            ensure!(Instant::now() < give_up, "the line does not become empty");
        }
        Ok(())
    }

    /// Heartbeats wait for a lock.
    async fn hold_heartbeats(&mut self, fault: Fault) -> anyhow::Result<()> {
        let mut holding = self.testbed.postgres().await?.begin().await?;
        sqlx::query("LOCK TABLE members").execute(&mut *holding).await?;
        let mut held = JoinSet::new();
        held.spawn(async move {
            let _until_dropped = holding;
            std::future::pending::<()>().await;
        });
        self.going.insert(fault.name(), held);
        Ok(())
    }
}

async fn end_sessions(testbed: &Testbed) -> anyhow::Result<()> {
    let pool = testbed.postgres().await?;
    sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()")
        .execute(&pool)
        .await?;
    Ok(())
}

/// Waits for the line's first round: its writer has claimed it in PostgreSQL, and needs PostgreSQL no more.
async fn has_writer(testbed: &Testbed, event: EventId) -> anyhow::Result<()> {
    let mut redis = testbed.redis()?;
    let give_up = Instant::now() + CLAIMED_WITHIN;
    while inventory::read_head(&mut redis, event).await?.is_none_or(|head| head.seq == 0) {
        ensure!(Instant::now() < give_up, "the line has no writer");
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(())
}

async fn poison(testbed: &Testbed, event: EventId) -> anyhow::Result<()> {
    let broker = testbed.servers.broker("chaos")?;
    let mut publisher = Publisher::open(&broker).await?;
    let sent = publisher.send("", &topology::line_queue(event), b"nobody can read this").await?;
    sent.confirmed(CONFIRM_WITHIN).await.context("the poison was not taken")?;
    publisher.close().await;
    Ok(())
}
