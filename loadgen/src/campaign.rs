//! A campaign: runs from seeds, on several systems side by side, each judged.

use std::fmt::Display;
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;
use tokio::task::JoinSet;

/// How many runs, which, and how many at a time.
#[derive(Args)]
pub(crate) struct Runs {
    /// How many
    #[arg(long, default_value_t = 200)]
    runs: u64,
    /// The seed of the first; each further one has the next
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// These seeds, instead of so many in a row
    #[arg(long, value_delimiter = ',', conflicts_with_all = ["runs", "seed"])]
    seeds: Vec<u64>,
    /// Systems side by side, each with servers of its own
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=8))]
    lanes: u64,
}

/// A running system, on which one run follows the other.
pub(crate) trait Lane: Sized + Send + 'static {
    /// What came of a run.
    type Judged: Display + Send;
    /// Runs what follows from a seed.
    fn play(&mut self, seed: u64) -> impl Future<Output = Self::Judged> + Send;
    /// Says what came of it.
    fn tell(&self, judged: &Self::Judged) {
        println!("{judged}");
    }
    /// Stops it in good order.
    fn end(self) -> impl Future<Output = anyhow::Result<()>> + Send;
}

impl Runs {
    /// Their seeds, in order.
    pub(crate) fn seeds(&self) -> Vec<u64> {
        if self.seeds.is_empty() { (self.seed..self.seed + self.runs).collect() } else { self.seeds.clone() }
    }

    /// Runs them all, and prints what came of each. Lanes are numbered from 1.
    ///
    /// # Errors
    /// When a system does not start or stop.
    pub(crate) async fn play<L: Lane, S>(&self, start: impl Fn(u64) -> S) -> anyhow::Result<Vec<L::Judged>>
    where
        S: Future<Output = anyhow::Result<L>> + Send + 'static,
        L::Judged: 'static,
    {
        let seeds = self.seeds();
        let (lanes_max, left) = (self.lanes.min(seeds.len() as u64), Arc::new(Mutex::new(seeds.into_iter())));
        let mut lanes = JoinSet::new();
        for number in 1..=lanes_max {
            let (started, left) = (start(number), Arc::clone(&left));
            lanes.spawn(async move {
                let mut lane = started.await?;
                let mut all = Vec::new();
                loop {
                    let next = left.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some(seed) = next else { break };
                    let judged = lane.play(seed).await;
                    lane.tell(&judged);
                    all.push(judged);
                }
                lane.end().await?;
                anyhow::Ok(all)
            });
        }
        let mut all = Vec::new();
        while let Some(lane) = lanes.join_next().await {
            all.extend(lane??);
        }
        Ok(all)
    }
}

/// Says how many runs broke a promise, and where the table is.
///
/// # Errors
/// When one did.
pub(crate) fn conclude(runs: &str, all: usize, broken: usize, table: &std::path::Path) -> anyhow::Result<()> {
    println!("\n  {all} {runs}, promises broken in {broken}; table: {}", table.display());
    anyhow::ensure!(broken == 0, "promises were broken");
    Ok(())
}
