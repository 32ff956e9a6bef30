//! Whose customers are believed, and by which keys.

use anyhow::bail;
use clap::Args;

use crate::source::Source;
use crate::token::NAME_LENGTH_MAX;

/// The shop whose customers can sign in: nobody's, or all three.
#[derive(Clone, Debug, Default, Args)]
#[group(skip)]
#[command(next_help_heading = "Customers")]
pub struct Settings {
    /// Who vouches for customers: the `iss` of their tokens. Goes with the two below; without them nobody signs in, and
    /// every shopper is a guest
    #[arg(long, env = "FLASHLINE_CUSTOMER_ISSUER", value_parser = name)]
    pub customer_issuer: Option<String>,
    /// Whom these tokens are meant for: an `aud` of theirs
    #[arg(long, env = "FLASHLINE_CUSTOMER_AUDIENCE", value_parser = name)]
    pub customer_audience: Option<String>,
    /// The public keys that these tokens are checked with, as a JWKS: its https:// URL, or the path of a file
    #[arg(long, env = "FLASHLINE_CUSTOMER_JWKS")]
    pub customer_jwks: Option<Source>,
}

impl Settings {
    /// Issuer, audience and keys, if they are set.
    ///
    /// # Errors
    /// When one is set without the others.
    pub(crate) fn together(&self) -> anyhow::Result<Option<(String, String, Source)>> {
        let missing = match (&self.customer_issuer, &self.customer_audience, &self.customer_jwks) {
            (None, None, None) => return Ok(None),
            (Some(issuer), Some(audience), Some(jwks)) => {
                return Ok(Some((issuer.clone(), audience.clone(), jwks.clone())));
            }
            (None, ..) => "FLASHLINE_CUSTOMER_ISSUER",
            (_, None, _) => "FLASHLINE_CUSTOMER_AUDIENCE",
            (.., None) => "FLASHLINE_CUSTOMER_JWKS",
        };
        bail!("{missing}: must be set where another FLASHLINE_CUSTOMER_… is: issuer, audience and keys go together")
    }
}

fn name(text: &str) -> Result<String, String> {
    if crate::token::is_name(text) {
        Ok(text.to_owned())
    } else {
        Err(format!("must be 1 to {NAME_LENGTH_MAX} characters, none of them a control character"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_without_the_others_is_named() {
        let (issuer, audience) = (Some("shop".to_owned()), Some("flashline".to_owned()));
        let keys: Option<Source> = Some("keys.json".parse().expect("a path"));
        let of = |customer_issuer, customer_audience, customer_jwks| {
            Settings { customer_issuer, customer_audience, customer_jwks }.together()
        };
        assert!(of(None, None, None).expect("nobody signs in").is_none());
        assert!(of(issuer.clone(), audience.clone(), keys.clone()).expect("all of them").is_some());
        for (wrong, missing) in [
            (of(None, audience.clone(), keys.clone()), "FLASHLINE_CUSTOMER_ISSUER"),
            (of(issuer.clone(), None, keys), "FLASHLINE_CUSTOMER_AUDIENCE"),
            (of(issuer, audience, None), "FLASHLINE_CUSTOMER_JWKS"),
        ] {
            let said = wrong.expect_err(missing).to_string();
            assert!(said.starts_with(missing), "{said}");
        }
    }
}
