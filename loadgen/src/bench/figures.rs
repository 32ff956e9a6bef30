//! Samples into figures.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use super::drive::Run;
use super::shoppers::Sample;

/// Percentiles of a latency, in milliseconds.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Percentiles {
    pub(super) p50: f64,
    pub(super) p95: f64,
    pub(super) p99: f64,
    pub(super) max: f64,
}

/// A latency, with the curve that its plot needs.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Latency {
    #[serde(flatten)]
    pub(super) percentiles: Percentiles,
    /// Milliseconds at each of the [`CURVE`]'s percentiles.
    pub(super) curve: Vec<f64>,
}

/// Percentiles of the plotted curves.
pub(super) const CURVE: [f64; 9] = [10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 99.99];

/// One run in figures.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Figures {
    /// Answered attempts a second, from the first click to the last answer.
    pub(super) per_s: f64,
    pub(super) answered: u64,
    pub(super) unanswered: u64,
    /// By HTTP status; 0 is a broken connection.
    pub(super) refused: BTreeMap<u16, u64>,
    /// From the scheduled click to the answer.
    pub(super) answer: Latency,
    /// From the scheduled click to the 2xx.
    pub(super) accept: Latency,
    /// CPU of each kind of process, in microseconds an answered attempt.
    pub(super) cpu_us: BTreeMap<String, f64>,
    /// The client's share of all CPU used.
    pub(super) client_share: f64,
    /// p95 of the answers to the clicks of each second, in milliseconds.
    pub(super) p95_by_second: Vec<f64>,
}

impl Figures {
    pub(super) fn of(run: &Run) -> Self {
        let answered = run.answers.len() as u64;
        let all_s: f64 = run.cpu_s.values().sum();
        let us = |cpu_s: &f64| cpu_s * 1e6 / answered.max(1) as f64;
        Self {
            per_s: run.per_s(),
            answered,
            unanswered: run.unanswered,
            refused: run.refused.clone(),
            answer: latency(&run.answers),
            accept: latency(&run.accepted),
            cpu_us: run.cpu_s.iter().map(|(name, cpu_s)| (name.clone(), us(cpu_s))).collect(),
            client_share: run.cpu_s.get("client").copied().unwrap_or(0.0) / all_s.max(1e-9),
            p95_by_second: by_second(&run.answers),
        }
    }
}

fn latency(samples: &[Sample]) -> Latency {
    let mut histogram = empty();
    samples.iter().for_each(|sample| histogram.saturating_record(micros(sample.took)));
    let at = |percentile: f64| ms(histogram.value_at_percentile(percentile));
    Latency {
        percentiles: Percentiles { p50: at(50.0), p95: at(95.0), p99: at(99.0), max: ms(histogram.max()) },
        curve: CURVE.iter().map(|percentile| at(*percentile)).collect(),
    }
}

fn by_second(samples: &[Sample]) -> Vec<f64> {
    let mut seconds: Vec<Histogram<u64>> = Vec::new();
    for sample in samples {
        let second = usize::try_from(sample.due.as_secs()).unwrap_or(usize::MAX);
        while seconds.len() <= second {
            seconds.push(empty());
        }
        seconds[second].saturating_record(micros(sample.took));
    }
    seconds.iter().map(|second| ms(second.value_at_percentile(95.0))).collect()
}

/// For a microsecond to ten minutes.
fn empty() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 600_000_000, 3).expect("bounds that are allowed")
}

fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}

fn ms(us: u64) -> f64 {
    us as f64 / 1_000.0
}

/// Attempts a second of the middle one of some runs.
pub(super) fn median_per_s(runs: &[Figures]) -> f64 {
    median(runs.iter().map(|run| run.per_s).collect())
}

/// Those of the slowest and the fastest of some runs.
pub(super) fn spread_per_s(runs: &[Figures]) -> (f64, f64) {
    let all = || runs.iter().map(|run| run.per_s);
    (all().fold(f64::INFINITY, f64::min), all().fold(0.0, f64::max))
}

/// The middle one.
pub(super) fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_samples_and_seconds_of_the_clicks() {
        let sample =
            |due_ms, took_ms| Sample { due: Duration::from_millis(due_ms), took: Duration::from_millis(took_ms) };
        let samples: Vec<Sample> = (1..=100).map(|n| sample(if n <= 50 { 0 } else { 1_500 }, n)).collect();
        let found = latency(&samples).percentiles;
        assert!((found.p50 - 50.0).abs() < 0.1 && (found.p95 - 95.0).abs() < 0.1, "{found:?}");
        let seconds = by_second(&samples);
        assert!(seconds.len() == 2 && seconds[0] < 50.1 && seconds[1] > 90.0, "{seconds:?}");
        let runs = [3.0, 1.0, 2.0].map(|per_s| Figures { per_s, ..Figures::default() });
        assert!((median_per_s(&runs) - 2.0).abs() < f64::EPSILON);
    }
}
