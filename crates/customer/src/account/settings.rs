//! Where shoppers have their accounts.

use anyhow::bail;
use clap::Args;
use reqwest::Url;
use secrecy::SecretString;
use settings::PublicUrl;

use crate::source::safe_url;

/// Where the provider sends shoppers back to: a page, below the address of the pages.
const BACK_AT: &str = "/sign-in";

/// The OpenID provider where shoppers have accounts: none, or issuer and client.
#[derive(Clone, Debug, Default, Args)]
#[group(skip)]
#[command(next_help_heading = "Accounts")]
pub struct Settings {
    /// The OpenID provider where shoppers have accounts: its issuer, as its discovery document says it. Goes with the client's
    /// id; without them nobody signs in with an account
    #[arg(long, env = "FLASHLINE_OIDC_ISSUER", value_parser = issuer)]
    pub oidc_issuer: Option<String>,
    /// What the provider knows Flashline by
    #[arg(long, env = "FLASHLINE_OIDC_CLIENT_ID", value_parser = filled)]
    pub oidc_client_id: Option<String>,
    /// What the provider knows Flashline from others by; not of a public client, which has none
    #[arg(long, env = "FLASHLINE_OIDC_CLIENT_SECRET", hide_env_values = true, value_parser = secret)]
    pub oidc_client_secret: Option<SecretString>,
}

/// What is needed of the settings to sign somebody in.
pub(super) struct Client {
    pub(super) issuer: String,
    pub(super) id: String,
    pub(super) secret: Option<SecretString>,
    /// Where the provider sends shoppers back to.
    pub(super) back_to: Url,
}

impl Settings {
    /// All that is needed, if anything is set; `public_url` is where shoppers find the pages.
    ///
    /// # Errors
    /// When one is set without the others. The message names the setting.
    pub(super) fn together(&self, public_url: &PublicUrl) -> anyhow::Result<Option<Client>> {
        let (issuer, id) = match (&self.oidc_issuer, &self.oidc_client_id) {
            (Some(issuer), Some(id)) => (issuer.clone(), id.clone()),
            (None, None) if self.oidc_client_secret.is_none() => return Ok(None),
            (None, _) => bail!("FLASHLINE_OIDC_ISSUER: must be set where another FLASHLINE_OIDC_… is"),
            (_, None) => bail!("FLASHLINE_OIDC_CLIENT_ID: must be set where another FLASHLINE_OIDC_… is"),
        };
        let back_to = public_url.page(BACK_AT);
        Ok(Some(Client { issuer, id, secret: self.oidc_client_secret.clone(), back_to }))
    }
}

/// As it is written: the provider's documents and tokens say it letter by letter.
fn issuer(text: &str) -> Result<String, String> {
    let url = safe_url(text)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must have neither a query nor a fragment".to_owned());
    }
    Ok(text.to_owned())
}

fn filled(text: &str) -> Result<String, String> {
    if crate::token::is_name(text) { Ok(text.to_owned()) } else { Err("must not be empty".to_owned()) }
}

fn secret(text: &str) -> Result<SecretString, String> {
    filled(text).map(SecretString::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_without_the_others_is_named() {
        let of = |issuer: Option<&str>, id: Option<&str>, secret: Option<&str>| {
            let settings = Settings {
                oidc_issuer: issuer.map(str::to_owned),
                oidc_client_id: id.map(str::to_owned),
                oidc_client_secret: secret.map(SecretString::from),
            };
            settings
                .together(&"https://sale.example/".parse().expect("a URL"))
                .map(|client| client.map(|client| client.back_to.to_string()))
        };
        let (issuer, id) = (Some("https://id.example"), Some("flashline"));
        let back = Some("https://sale.example/sign-in".to_owned());
        assert_eq!(of(None, None, None).expect("nobody signs in"), None);
        assert_eq!(of(issuer, id, None).expect("a public client"), back);
        assert_eq!(of(issuer, id, Some("secret")).expect("all of them"), back);
        for (wrong, named) in [
            (of(None, id, None), "FLASHLINE_OIDC_ISSUER"),
            (of(None, None, Some("secret")), "FLASHLINE_OIDC_ISSUER"),
            (of(issuer, None, Some("secret")), "FLASHLINE_OIDC_CLIENT_ID"),
        ] {
            let said = wrong.expect_err(named).to_string();
            assert!(said.starts_with(named), "{said}");
        }
    }

    #[test]
    fn an_issuer_is_asked_over_tls_or_on_this_machine() {
        for good in ["https://id.example", "https://id.example/realms/shop", "http://127.0.0.1:9000"] {
            assert_eq!(issuer(good).as_deref(), Ok(good));
        }
        for bad in ["", "id.example", "http://id.example", "https://id.example?x=1", "https://id.example#x"] {
            assert!(issuer(bad).is_err(), "{bad}");
        }
    }
}
