//! `ingress`: the HTTP door. Arguments here, everything else in the library.

use clap::Parser;
use ingress::{Config, run};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    run(Config::parse()).await
}
