//! An OpenID provider to test with: oidc-provider, certified by the OpenID Foundation, which others wrote. And browsers that are led there
//! and back.

mod browser;

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::ports::free_ports;
use crate::servers::checkout;

pub use browser::Browser;

const READY_WITHIN: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// What it knows Flashline by.
pub const CLIENT_ID: &str = "flashline";
/// And by what, from others: with signs that must be escaped on the way.
pub const CLIENT_SECRET: &str = "a secret: of+the%testbed";
/// What it knows a client by that has no secret.
pub const PUBLIC_CLIENT_ID: &str = "flashline-public";

/// One that runs, or was stopped. It ends with its handle, and forgets everybody.
pub struct AccountProvider {
    /// Its issuer.
    pub issuer: String,
    port: u16,
    redirect_uri: String,
    child: Option<Child>,
}

impl AccountProvider {
    /// One for pages at a URL, that does not run yet.
    ///
    /// # Errors
    /// When there is no free port.
    pub fn for_pages(public_url: &str) -> anyhow::Result<Self> {
        let port = free_ports(1)?[0];
        let (issuer, redirect_uri) = (format!("http://127.0.0.1:{port}"), format!("{public_url}/sign-in"));
        Ok(Self { issuer, port, redirect_uri, child: None })
    }

    /// Starts it.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(&mut self) -> anyhow::Result<()> {
        let own = checkout().join(".flashline/tools/bin/node");
        let child = Command::new(if own.exists() { own } else { "node".into() })
            .arg(checkout().join("testbed/src/accounts/serve.mjs"))
            .args([&self.port.to_string(), &self.redirect_uri])
            // It advises on how to be a provider that is not for tests.
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("Node is missing: setup/install pages")?;
        let child = self.child.insert(child);
        let give_up = Instant::now() + READY_WITHIN;
        while TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
            ensure!(child.try_wait()?.is_none() && Instant::now() < give_up, "no OpenID provider: setup/install pages");
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    /// Ends it.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for AccountProvider {
    fn drop(&mut self) {
        self.stop();
    }
}
