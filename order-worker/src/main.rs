//! `order-worker`: the system of record.

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    order_worker::run(wiring::config::read()).await
}
