//! Structured logs on standard error, Prometheus metrics, and traces where they are asked for.

pub mod traces;

use std::io::IsTerminal;

use anyhow::Context;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::config::{LogFormat, Observe};

/// Upper bounds of every `*_seconds` histogram.
const SECONDS_BUCKETS: [f64; 16] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];
/// Upper bounds of every histogram of how many there are in one: `*_commands`, `*_rounds`.
const SIZE_BUCKETS: [f64; 11] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0];

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

/// Starts logging and metrics for this process. Call once, first.
///
/// # Errors
/// When the log filter cannot be read, or something was started before.
pub fn start(observe: &Observe) -> anyhow::Result<PrometheusHandle> {
    let filter = EnvFilter::try_new(discreet(&observe.log))
        .context("FLASHLINE_LOG: must be a level (error, warn, info, debug, trace) or target=level pairs")?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match observe.log_format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().flatten_event(true).with_current_span(true).try_init(),
    }
    .map_err(|error| anyhow::anyhow!("logging: {error}"))?;

    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS_BUCKETS)?
        .set_buckets_for_metric(Matcher::Suffix("_commands".into()), &SIZE_BUCKETS)?
        .set_buckets_for_metric(Matcher::Suffix("_rounds".into()), &SIZE_BUCKETS)?
        .install_recorder()
        .context("metrics")
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
