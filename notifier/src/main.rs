//! `notifier`: pushes answers to waiting shoppers.

/// The C library's takes a fifth of the door's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    notifier::run(settings::read()).await
}
