//! What came out, for machines and for people.

use std::path::Path;

use hdrhistogram::Histogram;
use serde::Serialize;
use testbed::Outcome;
use testbed::verify::{Promise, Verdict};

/// The report of one run.
#[derive(Debug, Serialize)]
pub struct Report {
    /// `kept` or `broken`.
    pub verdict: &'static str,
    /// Shoppers who clicked.
    pub attempts: usize,
    /// Clicks that were let into the line.
    pub accepted: usize,
    /// Of those, how many heard their answer.
    pub answered: usize,
    /// Reservations, from the start or from standby.
    pub granted: usize,
    /// Orders paid, as their shoppers were told.
    pub paid: usize,
    /// Units beyond the allocation.
    pub oversold: u64,
    /// Accepted, but never answered.
    pub unanswered: usize,
    /// With two different answers.
    pub answered_twice: usize,
    /// Out of order.
    pub order_inversions: usize,
    /// Charged more than once.
    pub double_charges: usize,
    /// Answers a second, from the first click to the last answer.
    pub throughput_per_s: f64,
    /// From the scheduled click to the answer, in the response or pushed.
    pub latency_ms: Latency,
    /// From the scheduled click to the response.
    pub accepted_ms: Latency,
    /// Promise by promise.
    pub promises: Vec<Promise>,
}

/// Percentiles in milliseconds.
#[derive(Debug, Serialize)]
pub struct Latency {
    /// Half of them within this time.
    pub p50: f64,
    /// 95 of 100.
    pub p95: f64,
    /// 99 of 100.
    pub p99: f64,
    /// All.
    pub max: f64,
}

impl Latency {
    fn of(histogram_us: &Histogram<u64>) -> Self {
        let at = |quantile| histogram_us.value_at_quantile(quantile) as f64 / 1_000.0;
        Self { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: histogram_us.max() as f64 / 1_000.0 }
    }
}

impl Report {
    /// From what the crowd saw and what the verifier found.
    pub fn new(outcome: &Outcome, verdict: &Verdict) -> Self {
        let seen = || outcome.diaries.iter().map(|diary| &diary.seen);
        let accepted = seen().filter(|seen| seen.accepted.is_some()).count();
        let answered = seen().filter(|seen| seen.accepted.is_some() && !seen.answers.is_empty()).count();
        Self {
            verdict: if verdict.is_good() { "kept" } else { "broken" },
            attempts: outcome.diaries.len(),
            accepted,
            answered,
            granted: verdict.granted,
            paid: seen().filter(|seen| seen.order_number.is_some()).count(),
            oversold: verdict.oversold,
            unanswered: verdict.unanswered,
            answered_twice: verdict.answered_twice,
            order_inversions: verdict.order_inversions,
            double_charges: verdict.double_charges,
            throughput_per_s: (answered as f64 / outcome.seconds).round(),
            latency_ms: Latency::of(&outcome.answered_us),
            accepted_ms: Latency::of(&outcome.accepted_us),
            promises: verdict.promises.clone(),
        }
    }

    /// Writes it as JSON.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, serde_json::to_vec_pretty(self)?)?;
        Ok(())
    }

    /// For people: one line a promise.
    pub fn print(&self) {
        println!();
        println!(
            "  {} shoppers clicked, {} were accepted, {} answered, {} granted, {} paid",
            self.attempts, self.accepted, self.answered, self.granted, self.paid
        );
        let latency = &self.latency_ms;
        println!(
            "  click to answer: p50 {:.1} ms, p95 {:.1} ms, p99 {:.1} ms, max {:.1} ms",
            latency.p50, latency.p95, latency.p99, latency.max
        );
        println!();
        for promise in &self.promises {
            let mark = if promise.kept { "kept  " } else { "BROKEN" };
            println!("  {mark}  {:<58} {}", promise.promise, promise.detail);
        }
        println!();
        println!(
            "  verdict: {}",
            if self.verdict == "kept" { "every promise was kept" } else { "PROMISES WERE BROKEN" }
        );
    }
}
