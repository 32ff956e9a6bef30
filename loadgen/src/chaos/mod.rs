//! The fault campaign: sales under load, faults from seeded schedules, and the verifier judging each.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`schedule`] | what happens when, from a seed alone |
//! | [`fault`] | each fault, and how it is undone |
//! | [`network`] | proxies between the services and the servers, to slow or cut |
//! | [`arena`] | a system to which it happens |
//! | [`table`] | what came of it: faults × promises |

pub mod arena;
mod fault;
mod network;
mod schedule;
mod table;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::Args;
use tokio::task::JoinSet;

use arena::{Arena, Judged};
pub use schedule::Schedule;

/// What to break, and how often.
#[derive(Args)]
pub struct Options {
    /// How many runs
    #[arg(long, default_value_t = 200)]
    runs: u64,
    /// The seed of the first; each further run has the next
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Systems side by side, each with servers of its own
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=8))]
    lanes: u64,
    /// Where the table of faults and promises goes
    #[arg(long, default_value = "target/chaos/faults.md")]
    table: PathBuf,
}

/// Runs the campaign.
///
/// # Errors
/// When a system does not start, or a promise was broken.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let next = Arc::new(AtomicU64::new(options.seed));
    let end = options.seed + options.runs;
    let mut lanes = JoinSet::new();
    for lane in 1..=options.lanes.min(options.runs) {
        let next = Arc::clone(&next);
        lanes.spawn(async move {
            let mut arena = Arena::start(&format!("chaos-{lane}")).await?;
            let mut all = Vec::new();
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= end {
                    break;
                }
                let judged = arena.judge(Schedule::of(seed)).await;
                println!("{judged}");
                all.push(judged);
            }
            arena.end().await?;
            anyhow::Ok(all)
        });
    }
    let mut all: Vec<Judged> = Vec::new();
    while let Some(lane) = lanes.join_next().await {
        all.extend(lane??);
    }
    table::write(&all, &options.table)?;
    let broken = all.iter().filter(|judged| !judged.is_good()).count();
    println!("\n  {} runs, promises broken in {broken}; table: {}", all.len(), options.table.display());
    anyhow::ensure!(broken == 0, "promises were broken");
    Ok(())
}
