//! `order-worker`: the system of record.

/// The C library's takes a fifth of the door's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    order_worker::run(settings::read()).await
}
