//! What a process shows of itself: logs, metrics, traces.
//!
//! What is measured is the crate `meter`'s, what is traced `trace`'s; here is how it leaves the process. A process calls [`start`] once, first, and keeps [`Telemetry`] until its end. What may never happen: that a sale
//! depends on any of it.

mod logs;
mod meters;
mod metrics;
mod traces;

use clap::Args;
use metrics_exporter_prometheus::PrometheusHandle;
use tls::Trust;

pub use logs::LogFormat;
pub use traces::Traces;

/// What is logged, and which attempts are traced.
#[derive(Clone, Debug, Args)]
#[group(skip)]
#[command(next_help_heading = "Operation")]
pub struct Settings {
    /// Format of the log on standard error
    #[arg(long, env = "FLASHLINE_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    /// What to log, as in RUST_LOG: a level, or target=level pairs
    #[arg(long, env = "FLASHLINE_LOG", default_value = "info")]
    pub log: String,
    /// Traces.
    #[command(flatten)]
    pub traces: traces::Settings,
}

/// The telemetry of a process under way.
pub struct Telemetry {
    /// What has been measured, to be shown to Prometheus.
    pub metrics: PrometheusHandle,
    /// The spans on their way to the collector.
    pub traces: Traces,
}

/// Starts logs, metrics and traces for this process. Call once, first.
///
/// # Errors
/// When the log filter cannot be read, the exporter of traces cannot be made, or something was started before.
pub fn start(service: &'static str, settings: &Settings, trust: &Trust) -> anyhow::Result<Telemetry> {
    logs::start(settings)?;
    let metrics = metrics::start()?;
    meter::register(meters::ALL);
    trace::register_meters();
    Ok(Telemetry { metrics, traces: Traces::start(service, &settings.traces, trust)? })
}
