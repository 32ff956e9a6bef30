//! `loadgen`: the demo, the crowd and the verifier from the command line.

use clap::{Parser, Subcommand};

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
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Args::parse().command {
        Command::Demo(options) => loadgen::demo::run(options).await,
    }
}
