//! Flags and environment variables of the ingress.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser};
use secrecy::SecretString;
use service::Observe;
use service::address::Network;
use service::rate::Rate;
use settings::{PublicUrl, millis, seconds, secret_key, secret_keys};

use crate::gateways::Gateways;
use crate::grants;

/// The only HTTP door of Flashline: shopper API, admin API, pages.
#[derive(Clone, Debug, Parser)]
#[command(name = "ingress", version)]
pub struct Config {
    /// Where the API and the pages are served
    #[arg(long, env = "FLASHLINE_INGRESS_LISTEN", default_value = "127.0.0.1:8080")]
    pub ingress_listen: SocketAddr,
    /// Connections open at once; further ones wait
    #[arg(long, env = "FLASHLINE_INGRESS_CONNECTIONS", default_value_t = 16_000,
          value_parser = clap::value_parser!(u32).range(16..=1_000_000))]
    pub ingress_connections: u32,
    /// Connections that one client address may have open at once (an IPv6 /64 is one; trusted proxies are not
    /// counted), 0 for any number
    #[arg(long, env = "FLASHLINE_ADDRESS_CONNECTIONS", default_value_t = 1_000)]
    pub address_connections: u32,
    /// WebSocket addresses told to shoppers, separated by commas; each shopper gets one of them
    #[arg(long, env = "FLASHLINE_SOCKET_URL", default_value = "ws://127.0.0.1:8081/ws", value_delimiter = ',',
          value_parser = socket_url)]
    pub socket_url: Vec<String>,
    /// Where shoppers find the pages: a calendar leads there, and who signs in with an account or was asked something by a bank is sent back there
    #[arg(long, env = "FLASHLINE_PUBLIC_URL", default_value = "http://127.0.0.1:8080")]
    pub public_url: PublicUrl,
    /// Where pictures may come from besides this server, separated by commas, like "https://cdn.example"
    #[arg(long, env = "FLASHLINE_IMAGE_SOURCES", value_delimiter = ',', value_parser = image_source)]
    pub image_sources: Vec<String>,
    /// Folder that uploaded pictures of products are kept in; the same for all ingress processes, and part of what is backed up. It is made when the
    /// first one is uploaded
    #[arg(long, env = "FLASHLINE_PICTURES_FOLDER", default_value = ".flashline/pictures")]
    pub pictures_folder: PathBuf,

    /// Payments.
    #[command(flatten)]
    pub gateways: Gateways,
    /// A shop's own checkout.
    #[command(flatten)]
    pub grants: grants::Settings,
    /// Keys and who may come in.
    #[command(flatten)]
    pub access: Access,
    /// Whose customers can sign in.
    #[command(flatten)]
    pub customers: customer::Settings,
    /// Where shoppers have accounts.
    #[command(flatten)]
    pub accounts: customer::account::Settings,
    /// Whom the provider of a hosted check takes for a person.
    #[command(flatten)]
    pub hosted_check: siteverify::Settings,
    /// Shoppers who are known by their e-mail address.
    #[command(flatten)]
    pub emails: email::Settings,
    /// Shoppers who are told of a sale while their page is closed.
    #[command(flatten)]
    pub push: push::Settings,
    /// The way into the line.
    #[command(flatten)]
    pub line: Line,
    /// RabbitMQ.
    #[command(flatten)]
    pub amqp: broker::Settings,
    /// Redis.
    #[command(flatten)]
    pub redis: inventory::Settings,
    /// PostgreSQL.
    #[command(flatten)]
    pub postgres: record::Settings,
    /// Which endpoints of webhooks may be called.
    #[command(flatten)]
    pub outbound: outbound::Settings,
    /// Whom connections believe.
    #[command(flatten)]
    pub tls: tls::Settings,
    /// Logs, metrics, shutdown.
    #[command(flatten)]
    pub observe: Observe,
}

/// Keys and who may come in.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Access")]
pub struct Access {
    /// Keys that sign session tokens, separated by commas: the first signs, all verify; the same for all
    /// services. To change it: old,new everywhere, then new,old, then new
    #[arg(long, env = "FLASHLINE_SESSION_KEYS", hide_env_values = true, value_parser = secret_keys)]
    pub session_keys: SecretString,
    /// Key that attempt ids are derived with; the same for all ingress processes, and never changed during a sale
    #[arg(long, env = "FLASHLINE_ATTEMPT_KEY", hide_env_values = true, value_parser = secret_key)]
    pub attempt_key: SecretString,
    /// API token of the owner, put into the database at start (name "bootstrap")
    #[arg(long, env = "FLASHLINE_ADMIN_TOKEN", hide_env_values = true, value_parser = secret_key)]
    pub admin_token: Option<SecretString>,
    /// How long a shopper's session lasts, in seconds. Pages renew theirs while they are open, and for 30 days after
    #[arg(long, env = "FLASHLINE_SESSION_SECONDS", default_value = "172800", value_parser = seconds(5, 30 * 86_400))]
    pub session_seconds: Duration,
    /// Proxies whose X-Forwarded-For is believed: addresses or networks, separated by commas
    #[arg(long, env = "FLASHLINE_TRUSTED_PROXIES", value_delimiter = ',')]
    pub trusted_proxies: Vec<Network>,
    /// Calls of the API per second and burst of one client address (an IPv6 /64 is one) at this process, or "off"
    #[arg(long, env = "FLASHLINE_LIMIT_ADDRESS", default_value = "300/600")]
    pub limit_address: Rate,
    /// The same for what is no call of the API: pages, their files, the API's description, or "off"
    #[arg(long, env = "FLASHLINE_LIMIT_PAGES", default_value = "200/1000")]
    pub limit_pages: Rate,
    /// Codes (coupons, access codes) a minute that are not valid, of one client address at this process; then none of its
    /// codes is looked at for the rest of the minute. As many customer tokens, codes by e-mail and sign-ins with an account,
    /// each counted apart
    #[arg(long, env = "FLASHLINE_LIMIT_WRONG_CODES", default_value_t = 100)]
    pub limit_wrong_codes: u32,
    /// Times an hour that one organiser, a person or an API token, may sign in to the console or change what they sign in with, at all
    /// processes together; 0 for any number
    #[arg(long, env = "FLASHLINE_LIMIT_SIGN_INS", default_value_t = 30)]
    pub limit_sign_ins: u32,
    /// Codes by e-mail that one client address may ask for within ten minutes at this process; 0 for any number
    #[arg(long, env = "FLASHLINE_LIMIT_EMAIL_CODES", default_value_t = 30)]
    pub limit_email_codes: u32,
    /// Codes by e-mail per second and burst that this process has sent in all, or "off"
    #[arg(long, env = "FLASHLINE_LIMIT_MAILS", default_value = "50/500")]
    pub limit_mails: Rate,
    /// Guests' sessions that may begin within ten minutes at one client address (an IPv6 /64 is one), at this process, before a
    /// sale that asks for a proof of work when pressed does; and with every doubling, twice the work is asked for
    #[arg(long, env = "FLASHLINE_PRESSED_SESSIONS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    pub pressed_sessions: u32,
    /// Tries that the least proof of work takes at most; each is 1,000 rounds of PBKDF2
    #[arg(long, env = "FLASHLINE_PROOF_TRIES", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    pub proof_tries: u32,
    /// Payments declined within ten minutes, or still with their bank, for one client address, one card or one shopper,
    /// after which further ones are refused for a while; 0 for any number
    #[arg(long, env = "FLASHLINE_LIMIT_DECLINES", default_value_t = 20)]
    pub limit_declines: u32,
    /// Lists of what a shopper has, per second and burst of one shopper, or "off"
    #[arg(long, env = "FLASHLINE_LIMIT_LISTS", default_value = "1/10")]
    pub limit_lists: Rate,
    /// Requests per second and burst of one shopper, or "off"
    #[arg(long, env = "FLASHLINE_LIMIT_SHOPPER", default_value = "10/30")]
    pub limit_shopper: Rate,
    /// Attempts per second and burst that this process lets into the line of one event, or "off"
    #[arg(long, env = "FLASHLINE_LIMIT_EVENT", default_value = "50000/50000")]
    pub limit_event: Rate,
}

/// The way into the line.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Line")]
pub struct Line {
    /// How long to wait for the broker's confirm of a batch, in milliseconds
    #[arg(long = "confirm-ms", env = "FLASHLINE_CONFIRM_MS", default_value = "5000", value_parser = millis(100, 30_000))]
    pub confirm_within: Duration,
    /// Attempts of one event that may wait for a place in a batch; further ones get 503
    #[arg(long = "line-backlog", env = "FLASHLINE_LINE_BACKLOG", default_value_t = 16_384,
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub backlog_max: u32,
    /// Attempts that this process lets wait in the line of one event, as while it is paused; further ones get 503
    #[arg(long = "line-max", env = "FLASHLINE_LINE_MAX", default_value_t = 1_000_000,
          value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub line_max: u64,
    /// Attempts of one shopper that may wait in one line (more, where they may have more units), or 0 for any number
    #[arg(long, env = "FLASHLINE_UNDECIDED_MAX", default_value_t = 4)]
    pub undecided_max: u32,
    /// How long an attempt may wait here for its answer at most, if its client would rather wait ("Prefer: wait=N"), up to 60,
    /// in seconds; 0 for not at all
    #[arg(long = "wait-max-seconds", env = "FLASHLINE_WAIT_MAX_SECONDS", default_value = "10", value_parser = seconds(0, 60))]
    pub wait_max: Duration,
}

fn socket_url(text: &str) -> Result<String, String> {
    if text.starts_with("ws://") || text.starts_with("wss://") {
        Ok(text.to_owned())
    } else {
        Err("must be a URL that starts with ws:// or wss://".to_owned())
    }
}

fn image_source(text: &str) -> Result<String, String> {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/.-*_".contains(&byte));
    if text.starts_with("https://") && plain {
        Ok(text.to_owned())
    } else {
        Err("must be an origin that starts with https://".to_owned())
    }
}
