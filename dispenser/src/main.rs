//! `dispenser`: the single writer of each sale's inventory.

use clap::Parser;
use dispenser::Config;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    dispenser::run(Config::parse()).await
}
