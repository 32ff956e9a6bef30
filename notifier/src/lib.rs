//! The notifier: one WebSocket per waiting shopper, opened with the page.
//!
//! ```text
//! flashline.outcomes ──▶ hear ──▶ mailboxes ──▶ socket (one task each) ──▶ shopper
//!                          │          ▲
//!                          └▶ broadcast (progress: the same bytes for everyone who watches an event)
//! accept ── accepts, checks origin and limits ──▶ socket ── hello: token, what to watch ──▶ catch_up (Redis)
//! ```
//!
//! A slow reader loses progress, never news: when its news pile up it is disconnected, and gets the truth when
//! it comes back. What may never happen: news reaching anybody but their shopper.

mod accept;
mod allowance;
mod broadcast;
mod catch_up;
mod config;
mod handshake;
mod hear;
mod mailbox;
mod meters;
mod protocol;
mod socket;
mod tickets;
mod traced;

use std::sync::Arc;

use anyhow::Context as _;
use broker::{Broker, HeardLines};
use catalogue::Catalogue;
use ended::EndedSessions;
use service::{Readiness, Service};
use session::SessionKeys;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use config::Config;

/// What every socket of this process shares.
struct Context {
    catalogue: Catalogue,
    mailboxes: mailbox::Mailboxes,
    catch_up: catch_up::CatchUp,
    ended: EndedSessions,
    keys: SessionKeys,
    tickets: tickets::Tickets,
}

/// Runs the service until it is told to stop.
///
/// # Errors
/// When it cannot start, or one of its tasks dies.
pub async fn run(config: Config) -> anyhow::Result<()> {
    let trust = config.tls.load()?;
    let mut service = Service::start("notifier", &config.observe, &trust).await?;
    meter::register(meters::ALL);
    let broker = Broker::new(&config.amqp, &trust, "notifier")?;
    let pool = record::pool(&config.postgres, &trust, "notifier")?;
    let (catalogue, follow) = catalogue::follow(pool.clone(), broker.clone(), service.shutdown());
    service.spawn("catalogue", follow);
    let (ended, follow) = ended::follow(pool.clone(), service.shutdown());
    service.spawn("ended sessions", follow);
    let redis = inventory::connect(&config.redis, &trust)?;
    record::watch(pool.clone(), service.readiness().of_server("postgresql", "FLASHLINE_DATABASE_URL"));
    broker::watch(broker.clone(), service.readiness().of_server("rabbitmq", "FLASHLINE_AMQP_URL"));
    inventory::watch(redis.clone(), service.readiness().of_server("redis", "FLASHLINE_REDIS_URL"));
    let (_, keep_membership) = membership::join(pool, "notifier", service.readiness().lacking(), service.shutdown());
    service.spawn("membership", keep_membership);
    let heard = HeardLines::default();
    let context = Arc::new(Context {
        catch_up: catch_up::CatchUp::new(redis, catalogue.clone(), heard.clone()),
        catalogue,
        ended,
        mailboxes: mailbox::Mailboxes::default(),
        tickets: tickets::Tickets::default(),
        keys: SessionKeys::parse(&config.session_keys)
            .map_err(|error| anyhow::anyhow!("FLASHLINE_SESSION_KEYS: {error}"))?,
    });
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("FLASHLINE_NOTIFIER_LISTEN: cannot listen on {}", config.listen))?;
    tracing::info!(at = %listener.local_addr()?, "waiting for shoppers");

    service.spawn("sign-outs", close_ended(Arc::clone(&context), service.readiness(), service.shutdown()));
    // While shoppers are sent away one after the other, those who are still here get their news.
    let (sockets_gone, readiness) = (CancellationToken::new(), service.readiness());
    readiness.set("listening", false);
    let hearing = hear::run(Arc::clone(&context), broker, heard, readiness, sockets_gone.clone());
    service.spawn("hear", async move { Ok(hearing.await?) });
    let serving = accept::run(listener, context, config.door, service.readiness(), service.shutdown());
    service.spawn("accept", async move {
        let served = serving.await;
        sockets_gone.cancel();
        served
    });
    service.run().await
}

/// Closes the sockets of sessions that are ended, until shutdown.
async fn close_ended(context: Arc<Context>, readiness: Readiness, shutdown: CancellationToken) -> anyhow::Result<()> {
    let mut ended = context.ended.clone();
    readiness.set("ended sessions", ended.is_loaded());
    loop {
        tokio::select! {
            () = ended.changed() => {}
            () = shutdown.cancelled() => return Ok(()),
        }
        readiness.set("ended sessions", ended.is_loaded());
        context.mailboxes.close_ended(|shopper, session| ended.has(shopper, session) == Ok(true));
    }
}
