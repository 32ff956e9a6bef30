//! Settings of the notifier.

use std::net::SocketAddr;
use std::time::Duration;

use clap::{Args, Parser};
use secrecy::SecretString;
use service::Observe;
use service::address::Network;
use settings::{seconds, secret_keys};

/// Pushes answers and progress to waiting shoppers over WebSockets. Run as many as there are shoppers for.
#[derive(Debug, Parser)]
#[command(name = "notifier", version)]
pub struct Config {
    #[command(flatten)]
    pub(crate) amqp: broker::Settings,
    #[command(flatten)]
    pub(crate) redis: inventory::Settings,
    #[command(flatten)]
    pub(crate) postgres: record::Settings,
    #[command(flatten)]
    pub(crate) tls: tls::Settings,
    #[command(flatten)]
    pub(crate) observe: Observe,
    #[command(flatten)]
    pub(crate) door: Admittance,
    /// Where WebSockets are served, at /ws
    #[arg(
        long = "notifier-listen",
        env = "FLASHLINE_NOTIFIER_LISTEN",
        default_value = "127.0.0.1:8081",
        help_heading = "Sockets"
    )]
    pub(crate) listen: SocketAddr,
    /// Keys that session tokens are signed with, separated by commas; the same for all services
    #[arg(long, env = "FLASHLINE_SESSION_KEYS", hide_env_values = true, value_parser = secret_keys, help_heading = "Sockets")]
    pub(crate) session_keys: SecretString,
}

/// Who may come in.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Sockets")]
pub(crate) struct Admittance {
    /// Origins of pages that may connect, separated by commas, as https://shop.example; `*` for any.
    /// Without any, only pages of this very host may (and clients that are no browser and send no Origin)
    #[arg(long, env = "FLASHLINE_ALLOWED_ORIGINS", value_delimiter = ',')]
    pub(crate) allowed_origins: Vec<String>,
    /// Sockets open at once; further ones are turned away with 503
    #[arg(long, env = "FLASHLINE_SOCKETS_MAX", default_value_t = 19_000)]
    pub(crate) sockets_max: usize,
    /// Sockets that one client address may have open at once (an IPv6 /64 is one), 0 for any number. Thousands may
    /// come from one address where a company or a campus stands behind it; behind a proxy, FLASHLINE_TRUSTED_PROXIES
    /// must name it, or everybody has its address
    #[arg(long, env = "FLASHLINE_ADDRESS_SOCKETS", default_value_t = 1_000)]
    pub(crate) address_sockets: u32,
    /// Proxies whose X-Forwarded-For is believed: addresses or networks, separated by commas
    #[arg(long, env = "FLASHLINE_TRUSTED_PROXIES", value_delimiter = ',', help_heading = "Access")]
    pub(crate) trusted_proxies: Vec<Network>,
    /// Over how long shoppers are sent away at shutdown, in seconds
    #[arg(long, env = "FLASHLINE_DRAIN_SECONDS", default_value = "3", value_parser = seconds(0, 300))]
    pub(crate) drain_seconds: Duration,
}
