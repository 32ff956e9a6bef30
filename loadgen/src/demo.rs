//! The demo: a sample sale on real servers, a crowd, a verdict; then a second sale for a person.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use testbed::api::NewItem;
use testbed::{Crowd, NewSale, Plan, Testbed, unique};

use crate::report::Report;

/// What to demonstrate.
#[derive(Args)]
pub struct Options {
    /// How many shoppers come
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..=9_000))]
    shoppers: u32,
    /// Where the report goes
    #[arg(long, default_value = "target/demo/report.json")]
    report: PathBuf,
    /// The set of private servers to use
    #[arg(long, default_value = "demo")]
    servers: String,
}

/// Runs the demo.
///
/// # Errors
/// When something does not start, or a promise was broken.
pub async fn run(options: Options) -> anyhow::Result<()> {
    println!("Starting private RabbitMQ, Redis and PostgreSQL, and the services …");
    let mut testbed = Testbed::builder().set(&options.servers).start().await?;
    let judged = judge(&testbed, &options).await;
    if judged.is_ok() && std::io::stdout().is_terminal() {
        stay(&testbed).await?;
    }
    testbed.stop().await?;
    testbed.servers.down().await?;
    judged
}

async fn judge(testbed: &Testbed, options: &Options) -> anyhow::Result<()> {
    let sale = sample();
    let event = testbed.admin.create(&sale).await?;
    let units: u32 = sale.items.iter().map(|item| item.allocation).sum();
    println!("A sale of {units} units over {} SKUs; {} shoppers are coming.", sale.items.len(), options.shoppers);

    let skus: Vec<String> = sale.items.iter().map(|item| item.sku.clone()).collect();
    let crowd = Crowd {
        plans: (0..options.shoppers).map(|_| person(&skus)).collect(),
        gather: Duration::from_secs(5),
        click: Duration::from_secs(4),
        patience: Duration::from_secs(40),
    };
    let bar = ProgressBar::new(crowd.plans.len() as u64).with_style(style());
    let outcome = crowd.run_watched(&testbed.base_urls, event, || bar.inc(1)).await?;
    bar.finish_and_clear();
    println!("Everybody has gone home; the verifier looks at what happened.");
    let verdict = testbed.judge(event, &outcome).await?;
    let report = Report::new(&outcome, &verdict);
    report.write(&options.report)?;
    report.print();
    println!("  report: {}", options.report.display());
    anyhow::ensure!(verdict.is_good(), "promises were broken");
    Ok(())
}

/// Somebody who takes a few seconds to fill in a card, as people do.
fn person(skus: &[String]) -> Plan {
    let types_for = Duration::from_millis(rand::random_range(1_000..3_000));
    Plan { types_for, ..Plan::random(skus, Some("WELCOME")) }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("  {bar:40} {pos}/{len} shoppers done  {elapsed}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// 500 units over 3 SKUs: tiers, a percentage, and a coupon on top.
fn sample() -> NewSale {
    let item = |name: &str, list_minor, allocation, discount| NewItem {
        sku: unique(&name.to_lowercase()),
        name: name.to_owned(),
        image_url: Some(format!("/images/{}.svg", name.to_lowercase())),
        list_minor,
        allocation,
        discount,
    };
    NewSale {
        lobby_ms: None,
        name: "Opening sale".to_owned(),
        items: vec![
            item(
                "Headphones",
                12_900,
                200,
                json!({ "tiers": [{ "units": 50, "cut": { "percent_off": 5_000 } },
                                  { "units": 100, "cut": { "percent_off": 3_000 } }] }),
            ),
            item("Keyboard", 8_900, 200, json!({ "flat": { "percent_off": 2_500 } })),
            item("Lamp", 4_500, 100, json!({ "flat": { "fixed_price": 2_999 } })),
        ],
        checkout: "reservation",
        checkout_url: None,
        hold_seconds: 8,
        grace_seconds: 5,
        per_shopper_max: 2,
        standby_max: 100,
        payment_tries: 3,
        opens_in_ms: -1_000,
        open_for_ms: 3_600_000,
        coupons: json!([{ "code": "WELCOME", "cut": { "amount_off": 500 }, "uses_max": 40 }]),
        access_codes: Vec::new(),
        gateway: None,
        buyer_fields: json!({}),
        participation: "anyone",
        hoarding: serde_json::Value::Null,
        machine_check: "off",
        series: None,
        beacon: false,
    }
}

/// A second sale, for the person at the terminal, until Ctrl-C.
async fn stay(testbed: &Testbed) -> anyhow::Result<()> {
    let base = &testbed.base_urls[0];
    let event = testbed
        .admin
        .create(&NewSale { name: "Your sale".to_owned(), hold_seconds: 120, opens_in_ms: 20_000, ..sample() })
        .await?;
    println!();
    println!("  A second sale opens in 20 seconds, for you:");
    println!("    page         {base}/");
    println!("    the sale     {base}/sales/{event}");
    println!("    admin        {base}/admin");
    println!("    API          {base}/api/docs");
    println!("    admin token  {}", testbed.admin_token);
    println!();
    println!("  Ctrl-C stops everything.");
    tokio::signal::ctrl_c().await?;
    println!("Stopping …");
    Ok(())
}
