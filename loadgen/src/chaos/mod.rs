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
//! | [`felt`] | what the services and their shoppers noticed of it |
//! | [`table`] | what came of it: faults × promises |

pub mod arena;
mod fault;
mod felt;
mod network;
mod repeat;
mod schedule;
mod stage;
mod table;

use std::path::PathBuf;

use clap::Args;

use crate::campaign::{Lane, Runs, conclude};
use arena::{Arena, Judged};
pub use schedule::Schedule;

/// What to break, and how often.
#[derive(Args)]
pub struct Options {
    /// How many, and which.
    #[command(flatten)]
    runs: Runs,
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
    if options.list {
        options.runs.seeds().iter().for_each(|seed| println!("{}", Schedule::of(*seed)));
        return Ok(());
    }
    let start = |lane| async move { Arena::start(&format!("chaos-{lane}")).await };
    let all: Vec<Judged> = options.runs.play(start).await?;
    table::write(&all, &options.table)?;
    let broken = all.iter().filter(|judged| !judged.is_good()).count();
    conclude("runs", all.len(), broken, &options.table)
}

impl Lane for Arena {
    type Judged = Judged;

    async fn play(&mut self, seed: u64) -> Judged {
        self.judge(Schedule::of(seed)).await
    }

    async fn end(self) -> anyhow::Result<()> {
        Arena::end(self).await
    }
}
