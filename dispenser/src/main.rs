//! `dispenser`: the single writer of each sale's inventory.

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    dispenser::run(wiring::config::read()).await
}
