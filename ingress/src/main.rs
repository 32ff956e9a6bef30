//! `ingress`: the HTTP door. Arguments here, everything else in the library.

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    ingress::run(wiring::config::read()).await
}
