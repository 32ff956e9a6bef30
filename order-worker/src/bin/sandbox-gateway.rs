//! `sandbox-gateway`: a payment gateway to try things with.

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    order_worker::sandbox::run(wiring::config::read()).await
}
