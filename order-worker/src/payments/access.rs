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
    /// The sandbox gateway, as https://host:port (or http:// where nobody can listen). Goes with the secrets of its webhooks
    #[arg(long, env = "FLASHLINE_GATEWAY_URL", requires = "webhook_keys", help_heading = "Payments")]
    gateway_url: Option<String>,
    /// Secrets that the sandbox gateway signs webhooks with, separated by commas (several while they are rotated)
    #[arg(long, env = "FLASHLINE_WEBHOOK_KEYS", hide_env_values = true, value_parser = secret_keys, help_heading = "Payments")]
    pub(crate) webhook_keys: Option<SecretString>,
    /// Secret (sk_) or restricted (rk_) key of the Stripe account that sales are paid into. Goes with the secrets of its
    /// webhooks
    #[arg(long, env = "FLASHLINE_STRIPE_SECRET_KEY", requires = "stripe_webhook_keys", hide_env_values = true,
          value_parser = secret_of(&["sk_", "rk_"]), help_heading = "Payments")]
    stripe_secret_key: Option<SecretString>,
    /// Signing secrets (whsec_) of the webhook endpoint at Stripe, separated by commas (several while they are rotated)
    #[arg(long, env = "FLASHLINE_STRIPE_WEBHOOK_KEYS", requires = "stripe_secret_key", hide_env_values = true,
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

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Service {
        #[command(flatten)]
        gateways: Settings,
    }

    #[test]
    fn access_to_stripe_needs_a_secret_key_and_what_its_webhooks_are_signed_with() {
        let read = |arguments: &[&str]| Service::try_parse_from(["service"].iter().chain(arguments));
        let (key, webhooks) =
            (["--stripe-secret-key", "sk_test_12345678"], ["--stripe-webhook-keys", "whsec_12345678,whsec_87654321"]);
        let trust =
            tls::Settings { ca_file: None, client_cert_file: None, client_key_file: None }.load().expect("trust");
        let complete = read(&[key, webhooks].concat()).expect("complete").gateways;
        assert!(complete.connect(&trust).expect("connected").of(GatewayKind::Stripe).is_ok());
        let without = read(&[]).expect("none is needed").gateways;
        assert!(without.connect(&trust).expect("connected").of(GatewayKind::Stripe).is_err());

        for (alone, missing) in [(key, "--stripe-webhook-keys"), (webhooks, "--stripe-secret-key")] {
            let why = read(&alone).expect_err("half of it").to_string();
            assert!(why.contains(missing), "{why}");
        }
        for (wrong, name) in [
            (["--stripe-secret-key", "pk_test_12345678"], "--stripe-secret-key"),
            (["--stripe-webhook-keys", "sk_test_12345678"], "--stripe-webhook-keys"),
            (["--stripe-webhook-keys", "whsec_12345678,"], "--stripe-webhook-keys"),
        ] {
            let why = read(&wrong).expect_err("another kind of key").to_string();
            assert!(why.contains(name), "{why}");
        }
        let elsewhere =
            read(&[&key[..], &webhooks, &["--stripe-api-url", "api.stripe.com"]].concat()).expect("read").gateways;
        let why = elsewhere.connect(&trust).map(drop).expect_err("no URL").to_string();
        assert!(why.contains("FLASHLINE_STRIPE_API_URL"), "{why}");
    }
}
