//! The system, up and running for tests that come from outside: a browser's. Says where it is in one line of
//! JSON, then obeys lines on stdin, `kill <service>` and `start <service>`, until that ends.

use anyhow::{Context, bail};
use clap::Args;
use serde_json::json;
use testbed::{HostedCheck, Kind, Testbed};
use tokio::task::spawn_blocking;

/// Those with metrics of their own.
const SERVICES: [Kind; 4] = [Kind::Ingress, Kind::Dispenser, Kind::Notifier, Kind::OrderWorker];

/// What to start.
#[derive(Args)]
pub struct Options {
    /// The set of private servers to use
    #[arg(long, default_value = "test")]
    servers: String,
    /// Sales are paid through a stand-in for Stripe, unless they say otherwise
    #[arg(long)]
    stripe: bool,
    /// Shoppers can sign in with accounts at an OpenID provider
    #[arg(long)]
    accounts: bool,
    /// Sales can ask for the hosted check of a provider
    #[arg(long)]
    hosted_check: bool,
}

/// Runs until stdin ends.
///
/// # Errors
/// When something does not start or stop.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let described = Testbed::builder().set(&options.servers);
    let described = if options.stripe { described.on_stripe() } else { described };
    let described = if options.accounts { described.with_accounts() } else { described };
    let provider = if options.hosted_check { Some(HostedCheck::start().await?) } else { None };
    let described = match &provider {
        Some(provider) => provider.known_to(described),
        None => described,
    };
    let mut testbed = described.start().await?;
    let where_it_is = json!({ "base": testbed.base_urls[0], "sockets": testbed.socket_urls,
        "admin_token": testbed.admin_token, "metrics": SERVICES.map(|kind| (kind.name(), testbed.ops(kind))), "session_key": testbed.session_key,
        "hosted_check": provider.map(|provider| provider.url) });
    println!("{where_it_is}");
    while let Some(order) = spawn_blocking(|| std::io::stdin().lines().next()).await?.transpose()? {
        match obey(&mut testbed, &order).await {
            Ok(()) => println!("ok"),
            Err(error) => println!("error {error:#}"),
        }
    }
    testbed.stop().await
}

async fn obey(testbed: &mut Testbed, order: &str) -> anyhow::Result<()> {
    let (what, service) = order.split_once(' ').context("kill or start, and a service")?;
    let kind = match service {
        "ingress" => Kind::Ingress,
        "notifier" => Kind::Notifier,
        "dispenser" => Kind::Dispenser,
        "order-worker" => Kind::OrderWorker,
        _ => bail!("no such service: {service}"),
    };
    match what {
        "kill" => {
            testbed.process(kind, 0).kill();
            Ok(())
        }
        "start" => {
            testbed.process(kind, 0).start()?;
            testbed.ready().await
        }
        _ => bail!("kill or start, not {what}"),
    }
}
