//! The pool of connections to PostgreSQL.

use std::str::FromStr;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tls::Trust;

use crate::meters;

/// How long to wait for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a statement may run.
const STATEMENT_TIMEOUT: &str = "10s";
/// How long a transaction may stand idle: a stalled process must not hold locks.
const IDLE_IN_TRANSACTION_TIMEOUT: &str = "15s";

/// Where PostgreSQL is.
#[derive(Clone, Debug, Args)]
#[group(skip)]
#[command(next_help_heading = "Servers")]
pub struct Settings {
    /// PostgreSQL, as postgres://user:password@host:port/database; ?sslmode=verify-full asks for TLS, and checks certificate
    /// and host name
    #[arg(long = "database-url", env = "FLASHLINE_DATABASE_URL", hide_env_values = true,
          value_parser = settings::url(&["postgres", "postgresql"]))]
    pub database_url: SecretString,
    /// Connections this process may open to PostgreSQL
    #[arg(long, env = "FLASHLINE_DATABASE_CONNECTIONS", default_value_t = 8,
          value_parser = clap::value_parser!(u32).range(2..=200))]
    pub database_connections: u32,
}

/// A pool that connects when first used. Never cancel `begin` (no `timeout` or `select!` around it):
/// that poisons the connection (sqlx issues 4385, 4393); the timeouts set here do the bounding.
///
/// # Errors
/// When the URL cannot be read.
pub fn pool(settings: &Settings, trust: &Trust, application: &'static str) -> anyhow::Result<PgPool> {
    meter::register(meters::ALL);
    let options = options(settings, trust)?.application_name(application).options([
        ("statement_timeout", STATEMENT_TIMEOUT),
        ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION_TIMEOUT),
        ("timezone", "UTC"),
    ]);
    Ok(PgPoolOptions::new()
        .max_connections(settings.database_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_lazy_with(options))
}

/// How to connect to PostgreSQL.
///
/// # Errors
/// When the URL cannot be read.
pub fn options(settings: &Settings, trust: &Trust) -> anyhow::Result<PgConnectOptions> {
    let mut options = PgConnectOptions::from_str(settings.database_url.expose_secret())
        .context("FLASHLINE_DATABASE_URL: must be a postgres:// URL")?;
    // The system's authorities are known to the library by itself.
    if let Some(ca) = trust.ca() {
        options = options.ssl_root_cert_from_pem(ca.as_bytes().to_vec());
    }
    if let Some(identity) = trust.identity() {
        options =
            options.ssl_client_cert_from_pem(&identity.chain).ssl_client_key_from_pem(identity.key.expose_secret());
    }
    Ok(options)
}
