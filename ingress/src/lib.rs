//! The ingress: the only HTTP door of Flashline.
//!
//! ```text
//! attempt ─▶ extract ─▶ admission ─▶ line ─▶ broker's confirm ─▶ 202
//!               │           │          │
//!             auth      catalogue   one sender per event, batches
//!                       progress
//! ```
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`config`] | flags and environment variables |
//! | [`server`] | all routes, and the frame around each |
//! | [`state`] | the parts that handlers take: [`callers`], [`entrance`], [`reads`], [`control`] |
//! | [`extract`], [`auth`] | reading requests: bodies, keys, paths; who is asking |
//! | [`admission`] | limits on who comes how often |
//! | [`attempt_id`] | ids that name a click and belong to a shopper |
//! | [`invited`] | who is invited to sales that have a list |
//! | [`line`] | the way into the lines: batches, confirms |
//! | [`hear`], [`awaited`] | hearing what is said of lines; the requests that wait for their answer |
//! | [`progress`], [`head_cache`] | how far the lines have come, as heard and as Redis has it |
//! | [`shared`] | what many organisers look at at once |
//! | [`shopper`], [`shop`], [`admin`] | the three APIs: shoppers', that of a shop's own checkout, organisers' |
//! | [`people`] | organisers' passwords and second factors |
//! | [`grants`] | the keys that sign what is handed over to the shop |
//! | [`sign_ins`] | how shoppers can say who they are |
//! | [`returns`] | units that go back to their sale |
//! | [`ledger`], [`moment`], [`problems`], [`openapi`] | how the APIs show orders and times, fail, and describe themselves |
//! | [`pages`], [`pictures`] | the shopper page and the admin console; what organisers uploaded of their products |
//! | [`notifications`], [`sign_off`] | by what shoppers are told whose page is closed; the links that end mail |
//! | [`nudges`] | telling everybody that rules changed |
//! | [`meters`], [`requests`], [`traced`], [`watch`] | what operators see |
//!
//! What may never happen: a 202 for an attempt that the broker has not confirmed.

mod admin;
mod admission;
mod attempt_id;
mod auth;
mod awaited;
mod buyers;
mod callers;
mod checks;
mod config;
mod control;
mod draw_waits;
mod entrance;
mod extract;
mod gateways;
mod grants;
mod head_cache;
mod hear;
mod invited;
mod ledger;
mod line;
mod meters;
mod moment;
mod notifications;
mod nudges;
mod openapi;
mod origins;
mod pages;
mod people;
mod pictures;
mod problems;
mod progress;
mod reads;
mod requests;
mod returns;
mod server;
mod shared;
mod shop;
mod shopper;
mod sign_ins;
mod sign_off;
mod state;
mod traced;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use broker::{Broker, HeardLines};
use catalogue::Catalogue;
use customer::Customers;
use customer::account::Accounts;
use ended::EndedSessions;
use service::http;
use service::{Readiness, Service};
use session::{KnownSessions, SessionKeys};
use siteverify::Verifier;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use config::{Access, Config, Line};

use crate::admin::looks::Looks;
use crate::admission::{Codes, Guesses, Rates, SignOuts};
use crate::attempt_id::AttemptIds;
use crate::auth::cookie::ConsoleCookie;
use crate::auth::refusals::Refusals;
use crate::auth::tokens::AdminTokens;
use crate::awaited::AwaitedAnswers;
use crate::callers::Callers;
use crate::checks::Checks;
use crate::control::Control;
use crate::entrance::Entrance;
use crate::grants::Grants;
use crate::head_cache::HeadCache;
use crate::hear::Ears;
use crate::invited::Invited;
use crate::notifications::Notifications;
use crate::origins::Origins;
use crate::people::People;
use crate::pictures::Pictures;
use crate::progress::Board;
use crate::reads::Reads;
use crate::server::Server;
use crate::sign_ins::SignIns;
use crate::state::App;

/// How often readiness is looked at.
const CHECK_EVERY: Duration = Duration::from_millis(250);

/// Serves until SIGTERM or Ctrl-C.
///
/// # Errors
/// When it cannot start, or one of its tasks fails.
pub async fn run(config: Config) -> anyhow::Result<()> {
    let trust = config.tls.load()?;
    let mut service = Service::start("ingress", &config.observe, &trust).await?;
    meter::register(meters::ALL);
    let shutdown = service.shutdown();
    let pool = record::pool(&config.postgres, &trust, "ingress")?;
    let broker = Broker::new(&config.amqp, &trust, "ingress")?;
    let redis = inventory::connect(&config.redis, &trust)?;
    record::watch(pool.clone(), service.readiness().of_server("postgresql", "FLASHLINE_DATABASE_URL"));
    broker::watch(broker.clone(), service.readiness().of_server("rabbitmq", "FLASHLINE_AMQP_URL"));
    inventory::watch(redis.clone(), service.readiness().of_server("redis", "FLASHLINE_REDIS_URL"));
    let hosted_check = config.hosted_check.together(&config.public_url)?;
    let sessions = SessionKeys::parse(&config.access.session_keys)
        .map_err(|problem| anyhow::anyhow!("FLASHLINE_SESSION_KEYS: {problem}"))?;
    let customers = Customers::open(&config.customers, &trust).await?.map(Arc::new);
    if let Some(customers) = customers.clone() {
        let until = shutdown.clone();
        service.spawn("customers' keys", async move { done(customers.keep_current(until)).await });
    }

    let accounts = Accounts::open(&config.accounts, &config.public_url, &trust)?.map(Arc::new);
    if let Some(accounts) = accounts.clone() {
        let until = shutdown.clone();
        service.spawn("OpenID provider", async move { done(accounts.keep_current(until)).await });
    }
    let grants = Arc::new(Grants::read(&config.grants)?);
    let emails = config.emails.keys()?;
    let hosted_page = hosted_check.as_ref().map(|provider| provider.page.clone());
    let hosted_check = hosted_check.map(|provider| Verifier::new(provider, &trust)).transpose()?;
    let access = &config.access;
    let checks = Checks::new(&access.session_keys, access.pressed_sessions, access.proof_tries, hosted_check);
    let checks = Arc::new(checks);
    let sign_ins = SignIns { email: emails.is_some(), account: accounts.is_some(), shop: customers.is_some() };

    let (catalogue, follow) = catalogue::follow(pool.clone(), broker.clone(), shutdown.clone());
    service.spawn("catalogue", follow);
    let pictures = Arc::new(Pictures::new(config.pictures_folder.clone()));
    let (looks, follow) = look::follow(pool.clone(), shutdown.clone());
    service.spawn("look", follow);
    let pages = pages::router(&config, hosted_page.as_ref(), catalogue.clone(), looks)?;
    let pages = pages.merge(pictures::router(Arc::clone(&pictures)));
    let (ended, follow) = ended::follow(pool.clone(), shutdown.clone());
    service.spawn("ended sessions", follow);
    let (_, keep_membership) =
        membership::join(pool.clone(), "ingress", service.readiness().lacking(), shutdown.clone());
    service.spawn("membership", keep_membership);
    let board = Arc::new(Board::default());
    let rates = Arc::new(Rates::new(&config.access));
    let (rates_kept, until) = (Arc::clone(&rates), shutdown.clone());
    service.spawn("rate limits", async move { done(rates_kept.keep_small(until)).await });
    // These two end after the last handler has.
    let handlers_ended = CancellationToken::new();
    let answers = Arc::<AwaitedAnswers>::default();
    let (lines, own_lines) = line::open(broker.clone(), config.line, Arc::clone(&answers), handlers_ended.clone());
    service.spawn("lines", own_lines);
    let heard = HeardLines::default();
    let ears = Ears {
        board: Arc::clone(&board),
        lines: Arc::clone(&lines),
        answers: Arc::clone(&answers),
        catalogue: catalogue.clone(),
        heard: heard.clone(),
    };
    service.spawn("hear", hear::run(ears, broker.clone(), shutdown.clone()));
    let watched = watch::lines(Arc::clone(&lines), Arc::clone(&board), catalogue.clone(), shutdown.clone());
    service.spawn("line watch", done(watched));
    let (nudges, publish_nudges) = nudges::open(broker.clone(), handlers_ended.clone());
    service.spawn("nudges", publish_nudges);
    let refusals = Arc::new(Refusals::new());
    let (gathered, refusals_pool, until) = (Arc::clone(&refusals), pool.clone(), handlers_ended.clone());
    service.spawn("refusals", async move { done(gathered.write(refusals_pool, until)).await });
    let admins = Arc::new(AdminTokens::new(pool.clone()));
    let (known, until) = (Arc::clone(&admins), handlers_ended.clone());
    service.spawn("organisers' sessions", async move { done(known.keep_used(until)).await });
    let (token, readiness) = (config.access.admin_token.clone(), service.readiness());
    service.spawn("admin token", admin::bootstrap_token(pool.clone(), token, readiness, shutdown.clone()));
    service.spawn(
        "readiness",
        done(keep_ready(service.readiness(), catalogue.clone(), ended.clone(), broker.clone(), shutdown.clone())),
    );

    let ids = AttemptIds::new(&config.access.attempt_key);
    let people = Arc::new(People::new(&config.access.attempt_key));
    let origins = Arc::new(Origins::new(&config.access.attempt_key));
    let invited = Arc::new(Invited::new(ids.clone()));
    let (lists, sales, lists_pool, until) = (Arc::clone(&invited), catalogue.clone(), pool.clone(), shutdown.clone());
    service.spawn("invitations", async move { done(lists.keep_current(sales, lists_pool, until)).await });
    let trusted_proxies = config.access.trusted_proxies;
    let app = App {
        callers: Arc::new(Callers {
            sessions: KnownSessions::new(sessions),
            session_lasts: config.access.session_seconds,
            ended,
            sign_outs: SignOuts::default(),
            customers,
            accounts,
            socket_urls: config.socket_url,
            admins,
            console: ConsoleCookie::at(&config.public_url),
            sign_ins_max: config.access.limit_sign_ins,
            refusals,
            trusted_proxies: trusted_proxies.clone(),
            rates,
            guesses: Guesses::new(config.access.limit_wrong_codes),
            emails,
            codes: Codes::new(config.access.limit_email_codes, config.access.limit_mails),
            checks: Arc::clone(&checks),
            declines_max: config.access.limit_declines,
        }),
        entrance: Arc::new(Entrance::new(
            ids,
            Arc::clone(&origins),
            invited,
            lines,
            board,
            answers,
            config.line.wait_max,
        )),
        reads: Arc::new(Reads {
            catalogue,
            heads: HeadCache::new(redis.clone()),
            redis: redis.clone(),
            heard,
            postgres: pool.clone(),
            broker: broker.clone(),
            gateways: config.gateways.clone(),
            sign_ins,
            checks: Arc::clone(&checks),
        }),
        looks: Arc::new(Looks::default()),
        people,
        pictures,
        permitted: Arc::new(config.outbound.permitted()),
        control: Arc::new(Control {
            postgres: pool,
            redis,
            nudges,
            broker,
            gateways: config.gateways,
            grants: Arc::clone(&grants),
            sign_ins,
            checks,
            origins,
        }),
        grants,
        notifications: Arc::new(Notifications::open(&config.public_url, &config.push)?),
    };
    let listener = TcpListener::bind(config.ingress_listen)
        .await
        .with_context(|| format!("FLASHLINE_INGRESS_LISTEN: cannot listen on {}", config.ingress_listen))?;
    tracing::info!(address = %listener.local_addr()?, "serving");
    let (door, readiness) = (Server::new(app, pages)?, service.readiness());
    let limits = http::Limits { connections_max: config.ingress_connections as usize, ..http::Limits::default() };
    let crowding = http::Crowding::new(config.address_connections, trusted_proxies);
    service.spawn("http", async move {
        let served = http::serve_crowd(listener, door, limits, crowding, readiness, shutdown).await;
        handlers_ended.cancel();
        served
    });
    service.run().await
}

async fn done(task: impl Future<Output = ()>) -> anyhow::Result<()> {
    task.await;
    Ok(())
}

/// Ready when the sales are known, and which sessions were ended, and attempts could enter their lines. PostgreSQL may go away
/// later: the sales that are known go on.
async fn keep_ready(
    readiness: Readiness,
    catalogue: Catalogue,
    ended: EndedSessions,
    broker: Broker,
    shutdown: CancellationToken,
) {
    loop {
        readiness.set("catalogue", catalogue.is_loaded());
        readiness.set("ended sessions", ended.is_loaded());
        readiness.set("broker", broker.check().await.is_ok());
        if tokio::time::timeout(CHECK_EVERY, shutdown.cancelled()).await.is_ok() {
            return;
        }
    }
}
