//! The dispenser: reads each sale's line in order, decides, commits, announces, acks.
//!
//! ```text
//! lines ── which events are mine ──▶ line (one task an event)
//!                                      │ subscribe, wait for the first delivery
//!                                      ▼
//!                                   takeover: claim the epoch, barrier, compare; rebuild if Redis is behind
//!                                      │
//!                                      ▼
//!                                   writer: gather ▶ round (read ▶ decide ▶ commit ▶ announce) ▶ ack
//!                                      │    draw: at the opening, the entries of the lobby first
//!                                      │
//!                                      ▼
//!                                   handover: to the process that is first for this event; leaving in good order
//! ticker ── keeps every line's time moving        settle, clearing ── the end of a sale
//! unwritten ── the inventories of paused and settled sales
//! ```
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`batch`] | what the messages of a round hold |
//! | [`announcer`] | what is published about a line, in order, and confirmed |
//! | [`outbox`] | committed rounds on their way into the record |
//! | [`steps`], [`answer_times`], [`meters`] | what operators see |
//!
//! What may never happen: two writers for one event. RabbitMQ's single active consumer makes it rare; the
//! fence in Redis ([`inventory`]) makes it harmless, since a commit counts only under the newest epoch and at
//! the expected sequence.

mod announcer;
mod answer_times;
mod batch;
mod clearing;
mod config;
mod draw;
mod error;
mod handover;
mod line;
mod lines;
mod meters;
mod opening;
mod outbox;
mod rebuild;
mod round;
mod settle;
mod steps;
mod takeover;
mod ticker;
mod unwritten;
mod writer;

use std::sync::Arc;

use broker::Broker;
use catalogue::Catalogue;
use membership::Roster;
use sale::ids::EventId;
use service::Service;
use sqlx::PgPool;
use tokio::sync::Semaphore;

pub use config::Config;

/// Of how many connections to PostgreSQL one may be kept for a turn: the others are for whatever must go on meanwhile.
const TURNS_SHARE: u32 = 4;

/// What every line of this process shares.
#[derive(Clone)]
struct Context {
    broker: Broker,
    redis: inventory::Connection,
    pool: PgPool,
    catalogue: Catalogue,
    roster: Roster,
    settings: config::Settings,
    /// Turns in series that this process takes, or waits for, at once: each keeps a connection to PostgreSQL.
    turns: Arc<Semaphore>,
}

impl Context {
    /// Where this process stands among those that would serve an event, counted from 0: the first is to do it.
    fn my_rank(&self, event: EventId) -> usize {
        self.roster.my_rank(event.0.as_bytes())
    }

    fn is_first_for(&self, event: EventId) -> bool {
        self.my_rank(event) == 0
    }
}

/// Runs the service until it is told to stop.
///
/// # Errors
/// When it cannot start, or one of its tasks dies.
pub async fn run(config: Config) -> anyhow::Result<()> {
    let trust = config.tls.load()?;
    let mut service = Service::start("dispenser", &config.observe, &trust).await?;
    meter::register(meters::ALL);
    let broker = Broker::new(&config.amqp, &trust, "dispenser")?;
    let pool = record::pool(&config.postgres, &trust, "dispenser")?;
    let (catalogue, follow) = catalogue::follow(pool.clone(), broker.clone(), service.shutdown());
    let (roster, keep_membership) =
        membership::join(pool.clone(), "dispenser", service.readiness().lacking(), service.shutdown());
    let context = Context {
        broker: broker.clone(),
        redis: inventory::connect(&config.redis, &trust)?,
        pool,
        catalogue,
        roster,
        settings: config.settings,
        turns: Arc::new(Semaphore::new(config.postgres.database_connections.div_ceil(TURNS_SHARE) as usize)),
    };
    record::watch(context.pool.clone(), service.readiness().of_server("postgresql", "FLASHLINE_DATABASE_URL"));
    broker::watch(broker.clone(), service.readiness().of_server("rabbitmq", "FLASHLINE_AMQP_URL"));
    inventory::watch(context.redis.clone(), service.readiness().of_server("redis", "FLASHLINE_REDIS_URL"));
    let (shutdown, readiness) = (service.shutdown(), service.readiness());
    readiness.set("broker", false);
    service.spawn("catalogue", follow);
    service.spawn("membership", keep_membership);
    service.spawn("lines", async move {
        let declared =
            retry::retry("declare", retry::RECONNECT, &shutdown, || broker::topology::declare_shared(&broker));
        if declared.await.is_err() {
            return Ok(()); // told to stop before the broker was there
        }
        readiness.set("broker", true);
        tokio::join!(
            lines::run(context.clone(), shutdown.clone()),
            ticker::run(context.clone(), shutdown.clone()),
            ticker::show_lengths(context.clone(), shutdown.clone()),
            unwritten::run(context.clone(), shutdown.clone()),
            clearing::run(context, shutdown)
        );
        Ok(())
    });
    service.run().await
}
