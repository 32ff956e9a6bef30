//! The settings by which this process has access to gateways.

use clap::Args;
use sale::gateway::GatewayKind;
use secrecy::SecretString;
use settings::{secret_keys, secret_of};
use tls::Trust;

use super::gateways::Gateways;
use super::sandbox::SandboxGateway;
use super::stripe::StripeGateway;

/// Access to gateways: to each whose settings are there.
#[derive(Debug, Args)]
pub(crate) struct Settings {
    /// The sandbox gateway, as https://host:port (or http:// where nobody can listen)
    #[arg(long, env = "FLASHLINE_GATEWAY_URL", requires = "webhook_keys", help_heading = "Payments")]
    gateway_url: Option<String>,
    /// Secrets that the sandbox gateway signs webhooks with, separated by commas (several while they are rotated)
    #[arg(long, env = "FLASHLINE_WEBHOOK_KEYS", hide_env_values = true, value_parser = secret_keys, help_heading = "Payments")]
    pub(crate) webhook_keys: Option<SecretString>,
    /// Secret (sk_) or restricted (rk_) key of the Stripe account that sales are paid into
    #[arg(long, env = "FLASHLINE_STRIPE_SECRET_KEY", requires = "stripe_webhook_keys", hide_env_values = true,
          value_parser = secret_of(&["sk_", "rk_"]), help_heading = "Payments")]
    stripe_secret_key: Option<SecretString>,
    /// Signing secrets (whsec_) of the webhook endpoint at Stripe, separated by commas (several while they are rotated)
    #[arg(long, env = "FLASHLINE_STRIPE_WEBHOOK_KEYS", hide_env_values = true,
          value_parser = secrets_of_webhooks, help_heading = "Payments")]
    pub(crate) stripe_webhook_keys: Option<SecretString>,
    /// Where Stripe's API is
    #[arg(long, env = "FLASHLINE_STRIPE_API_URL", default_value = "https://api.stripe.com", help_heading = "Payments")]
    stripe_api_url: String,
}

fn secrets_of_webhooks(text: &str) -> Result<SecretString, String> {
    text.split(',')
        .try_for_each(|key| secret_of(&["whsec_"])(key.trim()).map(drop))
        .map_err(|why| format!("each key {why}"))?;
    Ok(SecretString::from(text))
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
        if let Some(secret_key) = &self.stripe_secret_key {
            gateways.add(GatewayKind::Stripe, StripeGateway::new(&self.stripe_api_url, secret_key, trust)?);
        }
        Ok(gateways)
    }
}
