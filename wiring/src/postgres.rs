//! PostgreSQL: the pool every service uses, and how counts stand in its columns.

use std::str::FromStr;
use std::time::Duration;

use anyhow::Context;
use secrecy::ExposeSecret;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::config;

/// How long to wait for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a statement may run.
const STATEMENT_TIMEOUT: &str = "10s";
/// How long a transaction may stand idle: a stalled process must not hold locks.
const IDLE_IN_TRANSACTION_TIMEOUT: &str = "15s";

/// A pool that connects when first used. Never cancel `begin` (no `timeout` or `select!` around it):
/// that poisons the connection (sqlx issues 4385, 4393); the timeouts set here do the bounding.
///
/// # Errors
/// When the URL cannot be read.
pub fn pool(settings: &config::Postgres, application: &'static str) -> anyhow::Result<PgPool> {
    let options = PgConnectOptions::from_str(settings.database_url.expose_secret())
        .context("FLASHLINE_DATABASE_URL: must be a postgres:// URL")?
        .application_name(application)
        .options([
            ("statement_timeout", STATEMENT_TIMEOUT),
            ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION_TIMEOUT),
            ("timezone", "UTC"),
        ]);
    Ok(PgPoolOptions::new()
        .max_connections(settings.database_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_lazy_with(options))
}

/// A count as a `bigint` has it. Beyond its range is its greatest.
pub fn to_i64(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A count from a `bigint`. Below zero is none.
pub fn to_u64(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
