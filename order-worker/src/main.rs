//! `order-worker`: the system of record.

use clap::Parser;
use order_worker::Config;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    order_worker::run(Config::parse()).await
}
