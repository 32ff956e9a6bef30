//! How fast it is: every contender in turn, on the same machine, with the same client, in the same run.

mod arena;
pub mod contenders;
mod drive;
mod http;
mod shoppers;
mod sockets;
mod usage;
pub mod waiters;

use std::time::Duration;

use clap::Args;

use arena::{Contender, Flashline, Goods, strangers};
use drive::{Load, Run, drive};

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// The set of private servers to use
    #[arg(long, default_value = "bench")]
    servers: String,
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    #[arg(long, default_value_t = 256)]
    connections: usize,
    #[arg(long, default_value_t = 1000)]
    per_shopper: u32,
    #[arg(long, default_value_t = 10000)]
    shoppers: u32,
    #[arg(long, default_value = "all")]
    only: String,
}

/// Measures, and writes the report.
///
/// # Errors
/// When something does not start.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let goods = Goods { stock: 10_000_000, per_shopper: options.per_shopper };
    let load = Load::Saturate(Duration::from_secs(options.seconds));
    crate::stack::Servers::reset(&options.servers).await?;
    let servers = crate::stack::Servers::up(&options.servers).await?;
    let key = "a session key of at least thirty-two characters";
    let wants = |name: &str| options.only == "all" || options.only.split(',').any(|one| one == name);
    use contenders::Kind;
    for (name, kind) in [("echo", Kind::Echo), ("db", Kind::DbStatement), ("dbp", Kind::DbPessimistic), ("dbo", Kind::DbOptimistic), ("redis", Kind::RedisLua), ("naive", Kind::QueueNaive)] {
        if !wants(name) { continue }
        let contender = Contender::start(kind, &servers, goods, key).await?;
        let shoppers = strangers(options.shoppers, key)?;
        show(name, &drive(&contender.door(options.connections), &shoppers, &load).await?);
    }
    if wants("flashline") {
        let mut flashline = Flashline::start(&options.servers, 1).await?;
        let opened = flashline.open(goods, options.shoppers).await?;
        println!("sockets open");
        show("flashline", &drive(&flashline.door(options.connections), &opened.shoppers, &load).await?);
        println!("broken {}", opened.sockets.count().broken);
        drop(opened);
        flashline.stack.stop().await?;
    }
    servers.down().await
}

fn show(name: &str, run: &Run) {
    let mut took: Vec<u128> = run.answers.iter().map(|s| s.took.as_micros()).collect();
    took.sort_unstable();
    let at = |p: f64| took.get((took.len() as f64 * p) as usize).copied().unwrap_or(0) as f64 / 1000.0;
    println!("{name:10} {:9.0}/s  p50 {:.1} p95 {:.1} p99 {:.1} ms  unanswered {} refused {:?} cpu {:?} of {:.1}s", run.per_s(), at(0.5), at(0.95), at(0.99), run.unanswered, run.refused, run.cpu_s, run.lasted.as_secs_f64());
}
