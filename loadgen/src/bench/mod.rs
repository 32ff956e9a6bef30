//! How fast it is: every contender in turn, on the same machine, with the same client, in the same run.
//!
//! | module | what it is for |
//! | --- | --- |
//! | [`contenders`] | the alternatives, each a small honest server |
//! | [`arena`] | the contenders on one set of private servers, one at a time |
//! | [`shoppers`], [`http`], [`sockets`] | the client: prepared requests, open sockets, what came when |
//! | [`drive`] | the load: as fast as it goes, or at set times |
//! | [`usage`] | CPU and memory of every process |
//! | [`waiters`] | shoppers who only wait, in processes of their own |
//! | [`programme`] | what is measured, and the targets |
//! | [`figures`], [`report`], [`html`], [`plots`] | what came out |

mod arena;
pub mod contenders;
pub mod core;
mod drive;
mod figures;
mod html;
mod http;
mod plots;
mod programme;
mod report;
mod shoppers;
mod sockets;
mod usage;
pub mod waiters;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use programme::Programme;
use testbed::Servers;

/// A part of the programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Every contender, as fast as it goes
    Contenders,
    /// Flashline for a minute, as fast as it goes
    Minute,
    /// Latency at set rates, in a spike, at the opening, while a dispenser dies
    Latency,
    /// Tens of thousands of open sockets
    Waiting,
    /// More stock, more events
    Growth,
    /// A million entries of a lobby
    Draw,
    /// A sale attacked by somebody who never pays
    Hoarders,
    /// The pure decision function
    Core,
}

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// Which parts, separated by commas; all of them without
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Part>,
    /// Only these contenders beside Flashline, by their names in the report, separated by commas
    #[arg(long, value_delimiter = ',')]
    against: Vec<String>,
    /// How often each contender runs
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// How long each run of a contender lasts, in seconds
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Keep-alive connections of the client
    #[arg(long, default_value_t = 512)]
    connections: usize,
    /// On servers that speak TLS only; the other contenders do not
    #[arg(long)]
    tls: bool,
    /// The folder of the report
    #[arg(long, default_value = "bench")]
    report: PathBuf,
    /// The set of private servers to use; its data is deleted before and after
    #[arg(long, default_value = "bench")]
    servers: String,
}

/// Measures, prints, and writes the report.
///
/// # Errors
/// When something does not start, or breaks while it is measured.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let wants = |part| options.only.is_empty() || options.only.contains(&part);
    anyhow::ensure!(!(options.tls && wants(Part::Contenders)), "--tls needs --only, without contenders");
    Servers::reset(&options.servers).await?;
    let mut programme = Programme::new(&options).await?;
    if wants(Part::Core) {
        programme.core();
    }
    if wants(Part::Contenders) {
        programme.contenders().await?;
    }
    if wants(Part::Minute) {
        programme.minute().await?;
    }
    if wants(Part::Latency) {
        programme.latency().await?;
    }
    if wants(Part::Growth) {
        programme.growth().await?;
    }
    if wants(Part::Draw) {
        programme.draw().await?;
    }
    if wants(Part::Hoarders) {
        programme.hoarders().await?;
    }
    if wants(Part::Waiting) {
        programme.waiting().await?;
    }
    let report = programme.finish().await?;
    report.print();
    html::write_report(&report, &options.report)?;
    println!("\n  report: {}", options.report.join("report.html").display());
    Servers::reset(&options.servers).await
}
