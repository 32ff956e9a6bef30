//! `sandbox-gateway`: a payment gateway to try things with.

use clap::Parser;
use order_worker::sandbox::{self, Config};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    sandbox::run(Config::parse()).await
}
