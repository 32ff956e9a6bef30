//! `migrate`: brings the database up to this version's schema, then exits.

use anyhow::Context;
use clap::Parser;
use sqlx::PgPool;

/// Brings the Flashline database up to this version's schema, then exits. Safe to run again.
#[derive(Parser)]
#[command(name = "migrate", version)]
struct Args {
    /// PostgreSQL, as postgres://user:password@host:port/database
    #[arg(long, env = "FLASHLINE_DATABASE_URL", hide_env_values = true)]
    database_url: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let pool = PgPool::connect(&args.database_url).await.context("FLASHLINE_DATABASE_URL: cannot connect")?;
    migrations::run(&pool).await.context("migration failed")?;
    println!("schema is up to date");
    Ok(())
}
