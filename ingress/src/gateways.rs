//! The payment gateways that sales here can be paid through, as pages must know them.

use clap::Args;
use sale::gateway::{GatewayKind, stripe};
use sale::money::Currency;
use serde::Serialize;
use utoipa::ToSchema;

use crate::problems::{ApiError, Kind};

/// Which gateways there is access to.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Payments")]
pub struct Gateways {
    /// Gateways that sales can be paid through, separated by commas: those that the order-workers have access to. A sale
    /// that names none is paid through the first
    #[arg(long = "gateways", env = "FLASHLINE_GATEWAYS", default_value = "sandbox", value_delimiter = ',', value_parser = gateway)]
    offered: Vec<GatewayKind>,
    /// Publishable key (pk_) of the Stripe account that sales are paid into: pages show it to everybody. Needed where sales can
    /// be paid through stripe
    #[arg(long, env = "FLASHLINE_STRIPE_PUBLISHABLE_KEY", required_if_eq("offered", "stripe"),
          value_parser = publishable)]
    stripe_publishable_key: Option<String>,
    /// The script of Stripe's that pages load: of the release that the order-workers speak to
    #[arg(long, env = "FLASHLINE_STRIPE_SCRIPT_URL", default_value = "https://js.stripe.com/endive/stripe.js",
          value_parser = script)]
    stripe_script_url: String,
}

/// A secret key in its place would be shown to everybody.
fn publishable(text: &str) -> Result<String, String> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let is_one = text.starts_with("pk_") && is_plain;
    if is_one { Ok(text.to_owned()) } else { Err("must be a publishable key, which starts with pk_".to_owned()) }
}

fn script(text: &str) -> Result<String, String> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/.-_?=".contains(&byte));
    let is_one = (text.starts_with("https://") || text.starts_with("http://")) && is_plain;
    if is_one { Ok(text.to_owned()) } else { Err("must be a URL that starts with https://".to_owned()) }
}

/// Scheme, host and port of a URL.
pub(crate) fn origin(url: &str) -> &str {
    url.match_indices('/').nth(2).map_or(url, |(end, _)| &url[..end])
}

/// What a page must know to take what a shopper pays with through Stripe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StripePage<'a> {
    /// Where Stripe's script is.
    pub script_url: &'a str,
    /// By what it knows the account.
    pub publishable_key: &'a str,
}

impl StripePage<'_> {
    /// Where the script is from.
    pub fn origin(&self) -> &str {
        origin(self.script_url)
    }
}

/// What a sale is paid through, as its page must know it.
#[derive(Clone, Hash, Serialize, ToSchema)]
pub(crate) struct GatewayView {
    /// `sandbox` or `stripe`.
    kind: &'static str,
    /// What the gateway's script knows the shop by.
    #[serde(skip_serializing_if = "Option::is_none")]
    publishable_key: Option<String>,
    /// Where the gateway's script is.
    #[serde(skip_serializing_if = "Option::is_none")]
    script_url: Option<String>,
    /// Digits after the point that the gateway's script counts the currency in.
    #[serde(skip_serializing_if = "Option::is_none")]
    digits: Option<u8>,
}

/// Reads the word of a gateway. The shop's own checkout is none.
fn gateway(word: &str) -> Result<GatewayKind, String> {
    match GatewayKind::of_word(word) {
        Ok(GatewayKind::Shop) | Err(_) => Err("must be sandbox or stripe".to_owned()),
        Ok(gateway) => Ok(gateway),
    }
}

impl Gateways {
    /// What the page of a sale must know of what it is paid through.
    pub(crate) fn shown(&self, gateway: GatewayKind, currency: Currency) -> GatewayView {
        let page = self.stripe_page().filter(|_| gateway == GatewayKind::Stripe);
        GatewayView {
            kind: gateway.word(),
            publishable_key: page.as_ref().map(|page| page.publishable_key.to_owned()),
            script_url: page.as_ref().map(|page| page.script_url.to_owned()),
            digits: page.and_then(|_| stripe::digits(currency)),
        }
    }

    /// All of them, the first first.
    pub(crate) fn offered(&self) -> &[GatewayKind] {
        &self.offered
    }

    /// What pages need for sales that are paid through Stripe, where there is access to it.
    pub fn stripe_page(&self) -> Option<StripePage<'_>> {
        let publishable_key = self.stripe_publishable_key.as_deref()?;
        let is_offered = self.offered.contains(&GatewayKind::Stripe);
        is_offered.then_some(StripePage { script_url: &self.stripe_script_url, publishable_key })
    }

    /// The gateway that an organiser chose; the first, if none.
    ///
    /// # Errors
    /// When there is no access to it.
    pub(crate) fn chosen(&self, named: Option<GatewayKind>) -> Result<GatewayKind, ApiError> {
        let words: Vec<&str> = self.offered.iter().map(|gateway| gateway.word()).collect();
        let found = match named {
            Some(named) => self.offered.iter().find(|offered| **offered == named),
            None => self.offered.first(),
        };
        found.copied().ok_or_else(|| {
            Kind::Invalid.because(format!("gateway: sales here can be paid through {}", words.join(", ")))
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Service {
        #[command(flatten)]
        gateways: Gateways,
    }

    fn read(arguments: &[&str]) -> Result<Gateways, clap::Error> {
        Service::try_parse_from(["service"].iter().chain(arguments)).map(|service| service.gateways)
    }

    #[test]
    fn stripe_is_offered_with_what_its_page_needs_or_not_at_all() {
        assert_eq!(read(&[]).expect("sandbox").stripe_page(), None);
        assert_eq!(read(&["--stripe-publishable-key", "pk_test_1"]).expect("not offered").stripe_page(), None);
        for offered in ["stripe", "sandbox,stripe"] {
            let why = read(&["--gateways", offered]).expect_err("a key is missing").to_string();
            assert!(why.contains("--stripe-publishable-key"), "{why}");
            let gateways = read(&["--gateways", offered, "--stripe-publishable-key", "pk_test_1"]).expect("complete");
            let page =
                StripePage { script_url: "https://js.stripe.com/endive/stripe.js", publishable_key: "pk_test_1" };
            assert_eq!(gateways.stripe_page(), Some(page));
        }
        for wrong in ["sk_test_1", "pk_test_1 ", "pk_\"><script>"] {
            read(&["--gateways", "stripe", "--stripe-publishable-key", wrong]).expect_err(wrong);
        }
    }
}
