//! The fault campaign: sales under load, faults from seeded schedules, and the verifier judging each.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`schedule`] | what happens when, from a seed alone |
//! | [`fault`] | each fault: its name, and where it happens |
//! | [`stage`] | how each is made, and undone |
//! | [`network`] | proxies on every way between two, to slow, hold up or cut |
//! | [`repeat`] | says again what was said |
//! | [`arena`] | a system to which it happens |
//! | [`table`] | what came of it: faults × promises |

pub mod arena;
mod fault;
mod network;
mod repeat;
mod schedule;
mod stage;
mod table;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

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
    /// These seeds, instead of so many in a row
    #[arg(long, value_delimiter = ',', conflicts_with_all = ["runs", "seed"])]
    seeds: Vec<u64>,
    /// Systems side by side, each with servers of its own
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=8))]
    lanes: u64,
    /// Print what would happen, and let nothing happen
    #[arg(long)]
    list: bool,
    /// Where the table of faults and promises goes
    #[arg(long, default_value = "target/chaos/faults.md")]
    table: PathBuf,
}

/// Runs the campaign.
///
/// # Errors
/// When a system does not start, or a promise was broken.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let seeds = match options.seeds.as_slice() {
        [] => (options.seed..options.seed + options.runs).collect(),
        chosen => chosen.to_vec(),
    };
    if options.list {
        seeds.iter().for_each(|seed| println!("{}", Schedule::of(*seed)));
        return Ok(());
    }
    let mut lanes = JoinSet::new();
    let (lanes_max, left) = (options.lanes.min(seeds.len() as u64), Arc::new(Mutex::new(seeds.into_iter())));
    for lane in 1..=lanes_max {
        let left = Arc::clone(&left);
        lanes.spawn(async move {
            let mut arena = Arena::start(&format!("chaos-{lane}")).await?;
            let mut all = Vec::new();
            loop {
                let next = left.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some(seed) = next else { break };
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
