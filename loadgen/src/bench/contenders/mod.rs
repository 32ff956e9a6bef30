//! The alternatives, each a real server over HTTP with the same request and the same admission work as
//! Flashline: token, validation, rate limits. As good as each approach allows, and no better.

mod admission;
mod db;
mod echo;
mod queue_naive;
mod redis_lua;

use std::net::SocketAddr;

use clap::{Args, ValueEnum};
use tokio::net::TcpListener;

use admission::Gate;

/// One of the alternatives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Parses the JSON and answers 202: the ceiling of this machine.
    Echo,
    /// One PostgreSQL statement a request.
    DbStatement,
    /// A transaction that locks the stock row first.
    DbPessimistic,
    /// A transaction that notices when it was overtaken, and tries again.
    DbOptimistic,
    /// A row for each unit, taken with `FOR UPDATE SKIP LOCKED`.
    DbUnitRows,
    /// An advisory lock on the item, tried and not waited for.
    DbAdvisory,
    /// One script call a request.
    RedisLua,
    /// One message and one round an attempt.
    QueueNaive,
}

/// What to serve, and where.
#[derive(Args)]
pub struct Options {
    /// Which alternative
    #[arg(long)]
    kind: Kind,
    /// Where to listen
    #[arg(long)]
    listen: SocketAddr,
    /// Units to sell
    #[arg(long)]
    stock: u32,
    /// Units each shopper may have
    #[arg(long)]
    per_shopper: u32,
    /// The secret of the session tokens
    #[arg(long, env = "FLASHLINE_SESSION_KEYS", hide_env_values = true)]
    session_keys: String,
    /// RabbitMQ
    #[arg(long, env = "FLASHLINE_AMQP_URL", hide_env_values = true)]
    amqp_url: String,
    /// Redis
    #[arg(long, env = "FLASHLINE_REDIS_URL", hide_env_values = true)]
    redis_url: String,
    /// PostgreSQL
    #[arg(long, env = "FLASHLINE_DATABASE_URL", hide_env_values = true)]
    database_url: String,
}

/// Serves until it is killed.
///
/// # Errors
/// When a server it needs is not there.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let listener = TcpListener::bind(options.listen).await?;
    let gate = Gate::new(&options.session_keys)?;
    let router = match options.kind {
        Kind::Echo => echo::router(),
        Kind::DbStatement => gate.before(db::statement::Statement::open(&options).await?),
        Kind::DbPessimistic => gate.before(db::pessimistic::Pessimistic::open(&options).await?),
        Kind::DbOptimistic => gate.before(db::optimistic::Optimistic::open(&options).await?),
        Kind::DbUnitRows => gate.before(db::unit_rows::UnitRows::open(&options).await?),
        Kind::DbAdvisory => gate.before(db::advisory::Advisory::open(&options).await?),
        Kind::RedisLua => gate.before(redis_lua::RedisLua::open(&options).await?),
        Kind::QueueNaive => gate.before(queue_naive::QueueNaive::open(&options).await?),
    };
    axum::serve(listener, router).await?;
    Ok(())
}
