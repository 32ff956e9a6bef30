//! The campaign of stories: nothing fails, people are let loose, and everything they were told is judged.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`script`] | a story, from a seed alone: an [`outline`] of what is sold, and [`step`]s |
//! | [`stage`] | a running system on which stories are played, with a [`clock`] that jumps |
//! | [`play`] | a story on a stage, judged at its end |
//! | [`perform`] | one story, performed by an [`organiser`] and [`shopper`]s |
//! | [`transcript`], [`told`] | every sentence that anybody was told |
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
pub mod play;
mod script;
mod shopper;
mod shrink;
pub mod stage;
mod step;
mod table;
mod told;
mod transcript;

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;

use crate::campaign::{Lane, Runs, conclude};
use play::Judged;
pub use script::Story;
use stage::Stage;

/// How many stories, and which.
#[derive(Args)]
pub struct Options {
    /// How many, and which.
    #[command(flatten)]
    runs: Runs,
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
    if options.list {
        options.runs.seeds().iter().for_each(|seed| println!("{}\n", Story::of(*seed)));
        return Ok(());
    }
    let (transcript, shrink, shrunk) = (options.transcript, options.shrink, Arc::default());
    let start = |lane| {
        let shrunk = Arc::clone(&shrunk);
        async move {
            let stage = Stage::start(&format!("stories-{lane}")).await?;
            Ok(Theatre { stage, transcript, shrink, shrunk })
        }
    };
    let mut all: Vec<Judged> = options.runs.play(start).await?;
    all.sort_by_key(|judged| judged.story.seed);
    table::write(&all, &options.table)?;
    let broken = all.iter().filter(|judged| !judged.is_good()).count();
    conclude("stories", all.len(), broken, &options.table)
}

/// A stage on which what breaks a promise is shortened.
struct Theatre {
    stage: Stage,
    transcript: bool,
    shrink: usize,
    /// Promises whose shortest story is known, or being looked for.
    shrunk: Arc<Mutex<BTreeSet<&'static str>>>,
}

impl Lane for Theatre {
    type Judged = Judged;

    async fn play(&mut self, seed: u64) -> Judged {
        let mut judged = self.stage.judge(&Story::of(seed)).await;
        let is_new = |promise: &&'static str| {
            self.shrink > 0 && self.shrunk.lock().unwrap_or_else(PoisonError::into_inner).insert(*promise)
        };
        let new = judged.broken().map(|broken| broken.promise).find(is_new);
        if let Some(promise) = new {
            judged = shrink::shortest(&mut self.stage, judged, promise, self.shrink).await;
        }
        judged
    }

    fn tell(&self, judged: &Judged) {
        println!("{judged}");
        if self.transcript {
            judged.sentences().iter().for_each(|told| println!("      {told}"));
        }
    }

    async fn end(self) -> anyhow::Result<()> {
        self.stage.end().await
    }
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
