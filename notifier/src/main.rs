//! `notifier`: pushes answers to waiting shoppers.

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    notifier::run(wiring::config::read()).await
}
