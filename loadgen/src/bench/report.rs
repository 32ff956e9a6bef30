//! The report: what was measured, and which targets it meets.

use std::collections::BTreeMap;
use std::fs;

use serde::Serialize;

use super::figures::Figures;

/// Everything that was measured.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    pub(super) machine: Machine,
    /// Each contender's runs, under load as fast as it goes, every attempt granted: by connections, and by name.
    pub(super) granted: ByConnections,
    /// The same in a rush: two units for each shopper, further attempts refused in line.
    pub(super) rush: ByConnections,
    /// Flashline's other runs, by name.
    pub(super) runs: BTreeMap<String, Figures>,
    /// Of waiting shoppers.
    pub(super) waiting: Vec<Waiting>,
    /// Decisions a second of the pure core, by kind, on one core.
    pub(super) core: BTreeMap<&'static str, f64>,
    pub(super) targets: BTreeMap<String, Target>,
}

/// Runs of all contenders, by the number of connections.
pub(super) type ByConnections = BTreeMap<usize, BTreeMap<&'static str, Vec<Figures>>>;

/// Where it was measured.
#[derive(Debug, Default, Serialize)]
pub(super) struct Machine {
    pub(super) cpu: String,
    pub(super) cores: usize,
    pub(super) memory_gib: u64,
    pub(super) measured_on: String,
}

/// Shoppers who wait with open sockets.
#[derive(Debug, Serialize)]
pub(super) struct Waiting {
    pub(super) shoppers: u64,
    pub(super) notifiers: usize,
    pub(super) kib_each: f64,
    /// Until the last of them had a progress message, in milliseconds.
    pub(super) broadcast_ms_max: u64,
    /// Outcomes pushed a second meanwhile.
    pub(super) outcomes_per_s: f64,
    pub(super) broken: u64,
}

/// A figure, and what it should be.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Target {
    pub(super) value: f64,
    pub(super) target: f64,
    pub(super) met: bool,
    /// Whether less is better.
    pub(super) at_most: bool,
    pub(super) unit: &'static str,
}

impl Machine {
    pub(super) fn here() -> Self {
        let line = |path: &str, name: &str| {
            let text = fs::read_to_string(path).unwrap_or_default();
            let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
            line.split_once(':').map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
        };
        let kib = line("/proc/meminfo", "MemTotal").trim_end_matches(" kB").parse().unwrap_or(0u64);
        Self {
            cpu: line("/proc/cpuinfo", "model name"),
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            memory_gib: kib / 1024 / 1024,
            measured_on: chrono::Utc::now().format("%Y-%m-%d").to_string(),
        }
    }
}

impl Report {
    /// The value must reach the target.
    pub(super) fn at_least(&mut self, name: impl Into<String>, value: f64, target: f64, unit: &'static str) {
        let met = value >= target;
        self.targets.insert(name.into(), Target { value, target, met, at_most: false, unit });
    }

    /// The value must not exceed the target.
    pub(super) fn at_most(&mut self, name: impl Into<String>, value: f64, target: f64, unit: &'static str) {
        let met = value <= target;
        self.targets.insert(name.into(), Target { value, target, met, at_most: true, unit });
    }

    /// For the terminal.
    pub(super) fn print(&self) {
        println!();
        for (name, Target { value, target, met, at_most, unit }) in &self.targets {
            let (verdict, sign) = (if *met { "met   " } else { "missed" }, if *at_most { "≤" } else { "≥" });
            println!("  {verdict}  {name:<52} {value:>12.2}  {sign} {target} {unit}");
        }
    }
}
