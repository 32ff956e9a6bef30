//! `notifier`: pushes answers to waiting shoppers.

use clap::Parser;
use notifier::Config;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    notifier::run(Config::parse()).await
}
