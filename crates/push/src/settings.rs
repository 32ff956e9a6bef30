//! Where the key is.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use outbound::Permitted;
use service::address::Network;

use crate::key::PushKey;

const NETWORKS: &str = "FLASHLINE_PUSH_NETWORKS";

/// Web Push.
#[derive(Clone, Debug, Default, Args)]
#[group(skip)]
#[command(next_help_heading = "Web Push")]
pub struct Settings {
    /// File with the private key (P-256, PKCS#8 as PEM) that says to browsers' push services who sends: with it, shoppers can be
    /// told by Web Push. The same for ingress and order-worker, and never changed: browsers are subscribed to it
    #[arg(long, env = "FLASHLINE_PUSH_KEY_FILE")]
    pub push_key_file: Option<PathBuf>,
    /// Networks of your own in which push services may be, separated by commas, over http too: any shopper can have them called.
    /// Everywhere else only public addresses over https. The same for ingress and order-worker
    #[arg(long, env = NETWORKS, value_delimiter = ',')]
    pub push_networks: Vec<Network>,
}

impl Settings {
    /// Which push services may be called. What is permitted to endpoints of webhooks, which organisers give, is not to these.
    pub fn permitted(&self) -> Permitted {
        Permitted::new(&self.push_networks, NETWORKS)
    }

    /// The key; none where nobody is told by Web Push.
    ///
    /// # Errors
    /// When the file cannot be read, or is no such key. The message names the setting.
    pub fn key(&self) -> anyhow::Result<Option<PushKey>> {
        let Some(file) = self.push_key_file.as_ref().filter(|file| !file.as_os_str().is_empty()) else {
            return Ok(None);
        };
        let text = std::fs::read_to_string(file);
        let text = text.with_context(|| format!("FLASHLINE_PUSH_KEY_FILE: {}", file.display()))?;
        PushKey::read(&text).map(Some).map_err(|error| anyhow::anyhow!("FLASHLINE_PUSH_KEY_FILE: {error}"))
    }
}
