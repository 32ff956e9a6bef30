//! `migrate`: brings the database up to this version's schema, then exits.

use anyhow::Context;
use clap::Parser;
use sqlx::PgPool;

/// Brings the Flashline database up to this version's schema, then exits. Safe to run again.
#[derive(Parser)]
#[command(name = "migrate", version)]
struct Args {
    #[command(flatten)]
    postgres: record::Settings,
    #[command(flatten)]
    tls: tls::Settings,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let args: Args = settings::read();
    let options = record::options(&args.postgres, &args.tls.load()?)?;
    let pool = PgPool::connect_with(options)
        .await
        .map_err(|error| anyhow::anyhow!("FLASHLINE_DATABASE_URL: cannot connect: {}", tls::reason(&error, true)))?;
    migrations::run(&pool).await.context("migration failed")?;
    println!("schema is up to date");
    Ok(())
}
