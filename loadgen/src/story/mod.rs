//! The campaign of stories: nothing fails, people are let loose, and everything they were told is judged.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`script`] | a story, from a seed alone: an [`outline`] of what is sold, and [`step`]s |
//! | [`stage`] | a running system on which stories are played, with a [`clock`] that jumps |
//! | [`perform`] | one story, performed by an [`organiser`] and [`shopper`]s |
//! | [`transcript`] | every sentence that anybody was told |
//! | [`calendar`] | what the sale should read, by what the organiser did |
//! | [`judge`] | holds the transcript against each promise; the record is the verifier's |
//! | [`shrink`] | the shortest story that breaks a promise |
//! | [`table`] | what came of it |

mod calendar;
mod caller;
mod clock;
mod judge;
mod line;
mod organiser;
mod outline;
mod perform;
mod script;
mod shopper;
mod shrink;
pub mod stage;
mod step;
mod table;
mod transcript;

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;
use tokio::task::JoinSet;

pub use script::Story;
use stage::{Judged, Stage};

/// How many stories, and which.
#[derive(Args)]
pub struct Options {
    /// How many stories
    #[arg(long, default_value_t = 200)]
    runs: u64,
    /// The seed of the first; each further story has the next
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// These seeds, instead of so many in a row
    #[arg(long, value_delimiter = ',', conflicts_with_all = ["runs", "seed"])]
    seeds: Vec<u64>,
    /// Systems side by side, each with servers and a clock of its own
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=8))]
    lanes: u64,
    /// Print the stories, and play none
    #[arg(long)]
    list: bool,
    /// Print everything that was told, too
    #[arg(long)]
    transcript: bool,
    /// How often the first story that breaks a promise is played again, with fewer steps, to find the shortest that does
    #[arg(long, default_value_t = 24)]
    shrink: usize,
    /// Where the table goes
    #[arg(long, default_value = "target/stories/stories.md")]
    table: PathBuf,
}

/// Plays the stories.
///
/// # Errors
/// When a system does not start, or a promise was broken.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let seeds = match options.seeds.as_slice() {
        [] => (options.seed..options.seed + options.runs).collect(),
        chosen => chosen.to_vec(),
    };
    if options.list {
        seeds.iter().for_each(|seed| println!("{}\n", Story::of(*seed)));
        return Ok(());
    }
    let mut lanes = JoinSet::new();
    let (lanes_max, left) = (options.lanes.min(seeds.len() as u64), Arc::new(Mutex::new(seeds.into_iter())));
    // Promises whose shortest story is known, or being looked for.
    let shrunk = Arc::new(Mutex::new(BTreeSet::new()));
    let (shrink, transcript) = (options.shrink, options.transcript);
    for lane in 1..=lanes_max {
        let (left, shrunk) = (Arc::clone(&left), Arc::clone(&shrunk));
        lanes.spawn(async move {
            let mut stage = Stage::start(&format!("stories-{lane}")).await?;
            let mut all = Vec::new();
            loop {
                let next = left.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some(seed) = next else { break };
                let mut judged = stage.judge(&Story::of(seed)).await;
                let new = judged.broken().map(|broken| broken.promise).find(|promise| {
                    shrink > 0 && shrunk.lock().unwrap_or_else(PoisonError::into_inner).insert(*promise)
                });
                if let Some(promise) = new {
                    judged = shrink::shortest(&mut stage, judged, promise, shrink).await;
                }
                println!("{judged}");
                if transcript {
                    judged.sentences().iter().for_each(|told| println!("      {told}"));
                }
                all.push(judged);
            }
            stage.end().await?;
            anyhow::Ok(all)
        });
    }
    let mut all: Vec<Judged> = Vec::new();
    while let Some(lane) = lanes.join_next().await {
        all.extend(lane??);
    }
    all.sort_by_key(|judged| judged.story.seed);
    table::write(&all, &options.table)?;
    let broken = all.iter().filter(|judged| !judged.is_good()).count();
    println!("\n  {} stories, promises broken in {broken}; table: {}", all.len(), options.table.display());
    anyhow::ensure!(broken == 0, "promises were broken");
    Ok(())
}

impl fmt::Display for Judged {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (took_s, seed) = (self.took.as_secs_f64(), self.story.seed);
        if self.is_good() {
            return write!(out, "kept   {took_s:>5.1} s  seed {seed:>4}, {} steps", self.story.steps.len());
        }
        write!(out, "BROKEN {took_s:>5.1} s  {}", self.story)?;
        if let Err(why) = &self.verdict {
            write!(out, "\n    not judged: {why}")?;
        }
        self.broken().try_for_each(|broken| write!(out, "\n    {}: {}", broken.promise, broken.detail))
    }
}
