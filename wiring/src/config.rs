//! Flags and environment variables. Every setting is both: `--redis-url` is `FLASHLINE_REDIS_URL`.
//!
//! Each service's own arguments flatten the groups it needs. A wrong value stops the start with the
//! name of the variable and what it should be.

use std::net::SocketAddr;
use std::time::Duration;

use clap::error::{ContextKind, ContextValue};
use clap::{Args, Parser, ValueEnum};
use secrecy::SecretString;

use crate::redis::Sentinels;

/// Reads a service's flags and environment variables; ends the process when one is wrong. Its value is not
/// shown where it may hold a secret: what ends on standard error ends in logs.
pub fn read<C: Parser>() -> C {
    C::try_parse().unwrap_or_else(|error| discreet(error).exit())
}

fn discreet(mut error: clap::Error) -> clap::Error {
    let about = error.get(ContextKind::InvalidArg).map(ToString::to_string).unwrap_or_default();
    if ["key", "token", "url"].iter().any(|word| about.contains(word)) {
        error.insert(ContextKind::InvalidValue, ContextValue::String("(not shown)".to_owned()));
    }
    error
}

/// Where RabbitMQ is.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Servers")]
pub struct Amqp {
    /// RabbitMQ, as amqp://user:password@host:port/vhost?heartbeat=10; the nodes of a cluster separated by commas
    #[arg(long = "amqp-url", env = "FLASHLINE_AMQP_URL", hide_env_values = true, value_parser = amqp_urls)]
    pub amqp_url: SecretString,
}

/// Where Redis is.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Servers")]
pub struct Redis {
    /// Redis, as redis://[:password@]host:port/; or the Sentinels that know where it is, as
    /// redis+sentinel://[:password@]host:port,host:port,host:port/NAME (the password is that of Redis)
    #[arg(long = "redis-url", env = "FLASHLINE_REDIS_URL", hide_env_values = true, value_parser = redis_url)]
    pub redis_url: SecretString,
}

/// Where PostgreSQL is.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Servers")]
pub struct Postgres {
    /// PostgreSQL, as postgres://user:password@host:port/database
    #[arg(long = "database-url", env = "FLASHLINE_DATABASE_URL", hide_env_values = true, value_parser = url("postgres"))]
    pub database_url: SecretString,
    /// Connections this process may open to PostgreSQL
    #[arg(long, env = "FLASHLINE_DATABASE_CONNECTIONS", default_value_t = 8,
          value_parser = clap::value_parser!(u32).range(2..=200))]
    pub database_connections: u32,
}

/// How the process shows what it does.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Operation")]
pub struct Observe {
    /// Where /livez, /readyz and /metrics are served
    #[arg(long, env = "FLASHLINE_OPS_LISTEN", default_value = "127.0.0.1:0")]
    pub ops_listen: SocketAddr,
    /// Format of the log on standard error
    #[arg(long, env = "FLASHLINE_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    /// What to log, as in RUST_LOG: a level, or target=level pairs
    #[arg(long, env = "FLASHLINE_LOG", default_value = "info")]
    pub log: String,
    /// How long a graceful shutdown may take before the process gives up, in seconds
    #[arg(long, env = "FLASHLINE_SHUTDOWN_SECONDS", default_value = "20", value_parser = seconds(1, 600))]
    pub shutdown_seconds: Duration,
    /// Traces.
    #[command(flatten)]
    pub traces: Traces,
}

/// Which attempts are traced, and where their traces go.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Operation")]
pub struct Traces {
    /// OpenTelemetry collector that takes traces, as http://host:4318; without it there are none
    #[arg(long, env = "FLASHLINE_OTLP_ENDPOINT", value_parser = collector)]
    pub otlp_endpoint: Option<String>,
    /// Share of the attempts that are traced, from 0 to 1; one whose caller sends a traceparent does as that says
    #[arg(long, env = "FLASHLINE_TRACE_RATIO", default_value = "0.01", value_parser = share)]
    pub trace_ratio: f64,
}

/// Format of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// A parser for whole seconds within bounds.
pub fn seconds(min: u64, max: u64) -> impl Fn(&str) -> Result<Duration, String> + Clone + Send + Sync + 'static {
    whole_number("seconds", min, max, Duration::from_secs)
}

/// A parser for whole milliseconds within bounds.
pub fn millis(min: u64, max: u64) -> impl Fn(&str) -> Result<Duration, String> + Clone + Send + Sync + 'static {
    whole_number("milliseconds", min, max, Duration::from_millis)
}

fn whole_number<T: 'static>(
    unit: &'static str,
    min: u64,
    max: u64,
    make: fn(u64) -> T,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static {
    move |text| match text.parse::<u64>() {
        Ok(number) if (min..=max).contains(&number) => Ok(make(number)),
        _ => Err(format!("must be a whole number of {unit} from {min} to {max}")),
    }
}

fn amqp_urls(text: &str) -> Result<SecretString, String> {
    let is_url = url("amqp");
    match text.split(',').try_for_each(|one| is_url(one).map(drop)) {
        Ok(()) => Ok(SecretString::from(text)),
        Err(_) => Err("must be a URL that starts with amqp://, or several separated by commas".to_owned()),
    }
}

fn redis_url(text: &str) -> Result<SecretString, String> {
    if text.starts_with(Sentinels::SCHEME) {
        text.parse::<Sentinels>().map(|_| SecretString::from(text))
    } else {
        url("redis")(text).map_err(|error| format!("{error}, or {}", Sentinels::EXPECTED))
    }
}

fn url(scheme: &'static str) -> impl Fn(&str) -> Result<SecretString, String> + Clone + Send + Sync + 'static {
    move |text| {
        let rest = text.strip_prefix(scheme).map(|rest| rest.trim_start_matches("ql"));
        match rest.and_then(|rest| rest.strip_prefix("://")) {
            Some(host) if !host.is_empty() => Ok(SecretString::from(text)),
            _ => Err(format!("must be a URL that starts with {scheme}://")),
        }
    }
}

fn collector(text: &str) -> Result<String, String> {
    match text.strip_prefix("http://") {
        Some(host) if !host.is_empty() => Ok(text.trim_end_matches('/').to_owned()),
        _ => Err("must be a URL that starts with http://".to_owned()),
    }
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("must be a number from 0 to 1".to_owned()),
    }
}

/// Characters of a secret key, so that nobody runs with a guessable one.
const KEY_LENGTH_MIN: usize = 32;

/// A parser for a secret key.
pub fn secret_key(text: &str) -> Result<SecretString, String> {
    if text.trim().len() >= KEY_LENGTH_MIN {
        Ok(SecretString::from(text))
    } else {
        Err(format!("must be at least {KEY_LENGTH_MIN} characters; make one with: openssl rand -hex 32"))
    }
}

/// A parser for secret keys separated by commas. Each of them is long enough: a comma too many would be an
/// empty key, which anybody could sign with.
pub fn secret_keys(text: &str) -> Result<SecretString, String> {
    text.split(',').try_for_each(|key| secret_key(key).map(drop)).map_err(|problem| format!("each key {problem}"))?;
    Ok(SecretString::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn every_key_of_a_list_is_long_enough() {
        for good in [KEY.to_owned(), format!("{KEY},{KEY}"), format!("{KEY}, {KEY}")] {
            assert!(secret_keys(&good).is_ok(), "{good}");
        }
        for bad in [String::new(), ",".repeat(40), format!("{KEY},"), format!(",{KEY}"), format!("{KEY},short,{KEY}")] {
            let problem = secret_keys(&bad).expect_err("refused");
            assert!(!problem.contains(KEY) && !problem.contains("short"), "no key stands in the message: {problem}");
        }
        assert!(secret_key(&" ".repeat(40)).is_err());
        assert!(!format!("{:?}", secret_keys(KEY)).contains(KEY), "nor where a configuration is printed");
    }

    #[test]
    fn a_wrong_value_is_named_but_no_secret_is_shown() {
        #[derive(Debug, Parser)]
        struct Settings {
            #[command(flatten)]
            amqp: Amqp,
            #[arg(long, value_parser = secret_keys)]
            session_keys: SecretString,
            #[arg(long, value_parser = seconds(1, 2))]
            patience: Duration,
        }
        let said = |arguments: &[&str]| {
            let arguments = ["service"].iter().chain(arguments);
            discreet(Settings::try_parse_from(arguments).expect_err("refused")).to_string()
        };
        let keys = said(&["--session-keys", &format!("{KEY},")]);
        assert!(keys.contains("--session-keys") && !keys.contains(KEY), "{keys}");
        let url = said(&["--amqp-url", "http://user:hunter2@host/"]);
        assert!(url.contains("--amqp-url") && !url.contains("hunter2"), "{url}");
        assert!(said(&["--patience", "3"]).contains('3'), "others are");
    }

    #[test]
    fn servers_may_be_one_or_several() {
        let (one, two) = ("amqp://guest:guest@a:5672/%2f?heartbeat=10", "amqp://a:5672,amqp://b:5672");
        assert!(amqp_urls(one).is_ok() && amqp_urls(two).is_ok());
        for wrong in ["", "http://a", "amqp://", "amqp://a:5672,", "amqp://a:5672,b:5672"] {
            let error = amqp_urls(wrong).expect_err(wrong);
            assert!(error.contains("amqp://") && error.contains("commas"), "{wrong}: {error}");
        }
        assert!(redis_url("redis://a:6379/").is_ok());
        assert!(redis_url("redis+sentinel://:secret@a:26379,b:26379/shop").is_ok());
        for wrong in ["http://a", "redis+sentinel://a:26379", "redis+sentinel://a,b/shop", "redis+sentinel:///shop"] {
            let error = redis_url(wrong).expect_err(wrong);
            assert!(error.contains("redis+sentinel://host:port"), "{wrong}: {error}");
        }
    }

    proptest! {
        #[test]
        fn no_value_of_a_setting_panics(text in any::<String>()) {
            let _ = (secret_key(&text), secret_keys(&text), amqp_urls(&text), redis_url(&text));
            if let Ok(time) = seconds(1, 600)(&text) {
                prop_assert!((1..=600).contains(&time.as_secs()));
            }
        }
    }
}
