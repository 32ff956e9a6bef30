//! The key that shoppers are known by their addresses with.

use anyhow::anyhow;
use clap::Args;
use secrecy::SecretString;

use crate::keys::Keys;

/// Shoppers who are known by their e-mail address.
#[derive(Clone, Debug, Default, Args)]
#[group(skip)]
#[command(next_help_heading = "Mail")]
pub struct Settings {
    /// Key that shoppers' ids are derived with from their e-mail addresses, and their codes kept: with it, shoppers can sign in
    /// by e-mail. The same for ingress and order-worker, and never changed: whoever signed in before would be somebody else
    #[arg(long, env = "FLASHLINE_EMAIL_KEY", hide_env_values = true, value_parser = settings::secret_key)]
    pub email_key: Option<SecretString>,
}

impl Settings {
    /// The keys; none where nobody signs in by e-mail.
    ///
    /// # Errors
    /// Never in practice.
    pub fn keys(&self) -> anyhow::Result<Option<Keys>> {
        let Some(key) = &self.email_key else { return Ok(None) };
        Keys::new(key).map(Some).map_err(|_| anyhow!("FLASHLINE_EMAIL_KEY: cannot be used"))
    }
}
