//! Settings of the dispenser.

use clap::{Args, Parser};
use service::Observe;

/// The single writer of each sale's inventory: reads the line in order, decides, commits, announces.
/// Run several: they share the events and take over from one that dies.
#[derive(Debug, Parser)]
#[command(name = "dispenser", version)]
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
    pub(crate) settings: Settings,
}

/// How a line is served.
#[derive(Clone, Copy, Debug, Args)]
#[group(skip)]
#[command(next_help_heading = "Lines")]
pub(crate) struct Settings {
    /// Commands decided in one round at most
    #[arg(long, env = "FLASHLINE_ROUND_COMMANDS", default_value_t = 1_024,
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) round_commands: u32,
    /// Messages of one line taken from the broker ahead of their round
    #[arg(long = "line-prefetch", env = "FLASHLINE_LINE_PREFETCH", default_value_t = 512,
          value_parser = clap::value_parser!(u16).range(1..=5_000))]
    pub(crate) prefetch: u16,
    /// Processes that subscribe to each line: one serves it, the others stand by
    #[arg(long = "line-consumers", env = "FLASHLINE_LINE_CONSUMERS", default_value_t = 2,
          value_parser = clap::value_parser!(u16).range(1..=8))]
    pub(crate) consumers: u16,
}
