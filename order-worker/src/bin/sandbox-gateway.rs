//! `sandbox-gateway`: a payment gateway to try things with.

/// The C library's takes a fifth of the door's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    order_worker::sandbox::run(settings::read()).await
}
