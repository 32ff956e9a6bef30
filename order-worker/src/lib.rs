//! The system of record: what the dispenser decided, what was paid for it, and whether it all agrees.
//!
//! ```text
//! flashline.ledger.<n> ──▶ ledger ──────▶ rounds, reservations, orders, payments (PostgreSQL)
//!                                             │ a payment is a row that moves step by step
//!                          payments ◀─────────┤──▶ gateway (authorise, capture, void)
//!                          refunds  ◀─────────┤──▶ gateway (refund)
//!                          outbox   ◀─────────┤──▶ the line (confirm, cancel), the shopper (news)
//!                          notices  ◀─────────┘──▶ the shop's endpoints
//!                          mails ──▶ a mail server (codes that confirm addresses)
//!                          notifications ──▶ a mail server, push services (shoppers whose page is closed)
//! gateway ── webhooks ──▶ hints: look again now
//! draws: a lobby that has closed is sealed, and its order published; beacon: once the round is out that was named
//! reconcile: Redis, PostgreSQL and the gateway side by side
//! ```
//!
//! What may never happen: a capture without a recorded conversion, or two for one reservation; nor anything that follows
//! from an answer of the gateway about another amount, currency or reference than was asked for.

mod beacon;
mod brand;
mod config;
mod draws;
mod errands;
mod ledger;
mod mails;
mod meters;
mod notices;
mod notifications;
mod outbox;
mod pages;
mod pause;
pub mod payments;
pub mod reconcile;
mod refunds;
mod retention;
pub mod sandbox;
pub mod signature;
mod watch;
mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use ::beacon::Relays;
use broker::Broker;
use record::PgPool;
use service::Service;
use tls::Trust;

pub use config::Config;
use mails::{Codes, Post};
use notices::Notices;
use notifications::{Desk, Notifications};
use pages::Pages;
use payments::gateways::Gateways;

/// What every task of this process shares.
#[derive(Clone)]
struct Context {
    broker: Broker,
    redis: inventory::Connection,
    pool: PgPool,
    gateways: Gateways,
    pages: Pages,
    shop_charges_within: Duration,
}

/// Runs the service until it is told to stop; or compares once and exits, with `--reconcile-once`.
///
/// # Errors
/// When it cannot start, one of its tasks dies, or a single comparison finds a difference.
pub async fn run(config: Config) -> anyhow::Result<()> {
    let trust = config.tls.load()?;
    if config.reconcile_once {
        return reconcile::once(&connect(&config, &trust)?).await;
    }
    let mut service = Service::start("order-worker", &config.observe, &trust).await?;
    meter::register(meters::ALL);
    let context = connect(&config, &trust)?;
    record::watch(context.pool.clone(), service.readiness().of_server("postgresql", "FLASHLINE_DATABASE_URL"));
    broker::watch(context.broker.clone(), service.readiness().of_server("rabbitmq", "FLASHLINE_AMQP_URL"));
    inventory::watch(context.redis.clone(), service.readiness().of_server("redis", "FLASHLINE_REDIS_URL"));
    let (looks, follow) = look::follow(context.pool.clone(), service.shutdown());
    service.spawn("look", follow);
    if let Some(post) = Post::open(&config.emails, &config.mail, &trust, &looks)?.map(Arc::new) {
        let codes = Codes { pool: context.pool.clone(), post: Arc::clone(&post) };
        service.spawn("mails", errands::run(codes, service.shutdown()));
        service.spawn("mail server", mails::watch(post, service.readiness(), service.shutdown()));
    }
    if let Some(desk) = Desk::open(&config, &context, &trust, &looks)?.map(Arc::new) {
        for notifications in Notifications::of(&desk) {
            service.spawn("notifications", errands::run(notifications, service.shutdown()));
        }
        service.spawn("openings", notifications::watch(desk, config.remind_seconds, service.shutdown()));
    }
    let (lacking, shutdown) = (service.readiness().lacking(), service.shutdown());
    let (roster, keep_membership) = membership::join(context.pool.clone(), "order-worker", lacking, shutdown);
    service.spawn("membership", keep_membership);
    webhooks::spawn(&mut service, &config, context.pool.clone()).await?;

    let (shutdown, readiness) = (service.shutdown(), service.readiness());
    readiness.set("broker", false);
    let ledger = context.clone();
    service.spawn("ledger", async move {
        let declared =
            retry::retry("declare", retry::RECONNECT, &shutdown, || broker::topology::declare_shared(&ledger.broker));
        if declared.await.is_ok() {
            readiness.set("broker", true);
            ledger::run(ledger, roster, shutdown).await;
        }
        Ok(())
    });
    service.spawn("outbox", outbox::run(context.clone(), service.shutdown()));
    service.spawn("payments", payments::run(context.clone(), service.shutdown()));
    service.spawn("refunds", refunds::run(context.clone(), service.shutdown()));
    service.spawn("watch", watch::run(context.clone(), service.shutdown()));
    let notices = Notices::open(context.pool.clone(), config.webhooks, &trust)?;
    service.spawn("notices", errands::run(notices, service.shutdown()));
    service.spawn("sale moments", notices::watch_sales(context.pool.clone(), service.shutdown()));
    service.spawn("draws", draws::run(context.pool.clone(), service.shutdown()));
    let (relays, chain) = (Relays::new(&config.beacon, &trust)?, config.beacon.chain());
    service.spawn("beacon", beacon::run(context.pool.clone(), relays, chain, service.shutdown()));
    service.spawn("retention", retention::run(context.pool.clone(), config.buyers_kept_days, service.shutdown()));
    service.spawn("reconcile", reconcile::run(context, config.reconcile_seconds, service.shutdown()));
    service.run().await
}

fn connect(config: &Config, trust: &Trust) -> anyhow::Result<Context> {
    Ok(Context {
        broker: Broker::new(&config.amqp, trust, "order-worker")?,
        redis: inventory::connect(&config.redis, trust)?,
        pool: record::pool(&config.postgres, trust, "order-worker")?,
        gateways: config.gateways.connect(trust)?,
        pages: Pages::at(config.public_url.clone()),
        shop_charges_within: config.shop_charge_seconds,
    })
}
