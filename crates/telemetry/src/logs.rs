//! Structured logs on standard error.

use std::io::IsTerminal;

use anyhow::Context;
use clap::ValueEnum;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::Settings;

/// Format of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// Libraries that at `trace` show what they carry: tokens, passwords, card tokens. Whoever asks for `trace` of
/// everything gets their `debug`; whoever wants more names them in the filter.
const DISCREET: &str =
    "lapin=debug,amq_protocol=debug,tungstenite=debug,tokio_tungstenite=debug,hyper=debug,redis=debug";

/// A filter as it was asked for, that keeps libraries discreet.
fn discreet(filter: &str) -> String {
    // A level without a target is of everything; it may also be written as a number.
    let is_trace =
        |directive: &str| directive.trim().parse().is_ok_and(|level: LevelFilter| level == LevelFilter::TRACE);
    if filter.split(',').any(is_trace) { format!("{DISCREET},{filter}") } else { filter.to_owned() }
}

pub(crate) fn start(settings: &Settings) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(discreet(&settings.log))
        .context("FLASHLINE_LOG: must be a level (error, warn, info, debug, trace) or target=level pairs")?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match settings.log_format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().flatten_event(true).with_current_span(true).try_init(),
    }
    .map_err(|error| anyhow::anyhow!("logging: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_discreet_however_trace_of_everything_is_asked_for_and_add_nothing_to_less() {
        for all in ["trace", "TRACE", "5", "info, trace"] {
            assert!(discreet(all).starts_with(DISCREET), "{all}");
        }
        for less in ["info", "debug", "4", "info,ingress=trace", "info,lapin=trace"] {
            assert_eq!(discreet(less), less);
        }
    }
}
