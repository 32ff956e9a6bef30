//! `ingress`: the HTTP door. Arguments here, everything else in the library.

/// The C library's takes a fifth of the door's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    ingress::run(settings::read()).await
}
