//! The settings by which this process has access to gateways.

use clap::Args;
use sale::gateway::GatewayKind;
use secrecy::SecretString;
use settings::secret_keys;
use tls::Trust;

use super::gateways::Gateways;
use super::sandbox::SandboxGateway;

/// Access to gateways: to each whose settings are there.
#[derive(Debug, Args)]
pub(crate) struct Settings {
    /// The sandbox gateway, as https://host:port (or http:// where nobody can listen)
    #[arg(long, env = "FLASHLINE_GATEWAY_URL", requires = "webhook_keys", help_heading = "Payments")]
    gateway_url: Option<String>,
    /// Secrets that the sandbox gateway signs webhooks with, separated by commas (several while they are rotated)
    #[arg(long, env = "FLASHLINE_WEBHOOK_KEYS", hide_env_values = true, value_parser = secret_keys, help_heading = "Payments")]
    pub(crate) webhook_keys: Option<SecretString>,
}

impl Settings {
    /// The gateways that there is access to.
    ///
    /// # Errors
    /// When a setting is not what it must be.
    pub(crate) fn connect(&self, trust: &Trust) -> anyhow::Result<Gateways> {
        let mut gateways = Gateways::default();
        if let Some(url) = &self.gateway_url {
            gateways.add(GatewayKind::Sandbox, SandboxGateway::new(url, trust)?);
        }
        Ok(gateways)
    }
}
