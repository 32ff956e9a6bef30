//! `loadgen`: the demo, the crowd and the verifier from the command line.

use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

/// The services', so that the alternatives that run in this process are measured beside them with the same.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Simulates a crowd of shoppers and verifies that the system keeps its promises.
#[derive(Parser)]
#[command(name = "loadgen", version)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start everything on private servers, sell a sample sale to a crowd, and judge it
    Demo(loadgen::demo::Options),
    /// Start everything and keep it up until stdin ends, for tests in a browser
    Up(loadgen::up::Options),
    /// Measure Flashline beside its alternatives on this machine, and write the report
    Bench(loadgen::bench::Options),
    /// Break things while sales run, from seeded schedules, and judge every promise
    Chaos(loadgen::chaos::Options),
    /// Let people loose on sales, in stories from seeds, and judge everything they were told
    Story(loadgen::story::Options),
    /// One of the alternatives, as a server of its own
    #[command(hide = true)]
    Contender(loadgen::bench::contenders::Options),
    /// Shoppers who wait with open sockets
    #[command(hide = true)]
    Waiters(loadgen::bench::waiters::Options),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let mut told_to_stop = signal(SignalKind::terminate())?;
    tokio::select! {
        done = run(args.command) => done,
        // Every process that was started is ended with what holds it.
        _ = told_to_stop.recv() => anyhow::bail!("told to stop"),
    }
}

async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Demo(options) => loadgen::demo::run(options).await,
        Command::Up(options) => loadgen::up::run(options).await,
        Command::Bench(options) => loadgen::bench::run(options).await,
        Command::Chaos(options) => loadgen::chaos::run(options).await,
        Command::Story(options) => loadgen::story::run(options).await,
        Command::Contender(options) => loadgen::bench::contenders::run(options).await,
        Command::Waiters(options) => loadgen::bench::waiters::run(options).await,
    }
}
