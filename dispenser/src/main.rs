//! `dispenser`: the single writer of each sale's inventory.

/// The C library's takes a fifth of the door's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    dispenser::run(settings::read()).await
}
