//! Where a shop's own checkout is.

use std::fmt;

use url::{Host, Url};

/// Characters of the URL of a shop's checkout.
pub const CHECKOUT_URL_LENGTH_MAX: usize = 2_000;

/// Where a shop's own checkout is: https, or http on this machine alone, without a password or a fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckoutUrl(Url);

/// A text that is no [`CheckoutUrl`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an absolute URL of at most {CHECKOUT_URL_LENGTH_MAX} characters that starts with https:// (http:// for 127.0.0.1, \
     [::1] and localhost), without user, password and #fragment"
)]
pub struct NoCheckoutUrl;

impl CheckoutUrl {
    /// Scheme, host and port: whom a grant is for.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// The page there for a grant: the URL with one more parameter.
    pub fn with_grant(&self, grant: &str) -> String {
        let mut url = self.0.clone();
        url.query_pairs_mut().append_pair("grant", grant);
        url.into()
    }
}

impl std::str::FromStr for CheckoutUrl {
    type Err = NoCheckoutUrl;

    fn from_str(text: &str) -> Result<Self, NoCheckoutUrl> {
        let url = Url::parse(text).map_err(|_| NoCheckoutUrl)?;
        let is_here = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        // What the parser mends (spaces around, tabs within, a missing slash) is not what was meant.
        let is_whole = text.starts_with("https://") || text.starts_with("http://");
        let is_clean = text.chars().all(|c| !c.is_whitespace() && !c.is_control() && c != '\\');
        let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_here);
        // As it is kept, it may be longer than it was typed.
        let fits = text.chars().count().max(url.as_str().len()) <= CHECKOUT_URL_LENGTH_MAX;
        if fits && is_whole && is_clean && is_safe && is_plain { Ok(Self(url)) } else { Err(NoCheckoutUrl) }
    }
}

impl fmt::Display for CheckoutUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<CheckoutUrl, NoCheckoutUrl> {
        text.parse()
    }

    #[test]
    fn only_a_safe_and_plain_url_is_a_checkout() {
        for good in [
            "https://shop.example/checkout",
            "https://shop.example:8443/checkout?lang=de",
            "http://127.0.0.1:8090/",
            "http://[::1]:8090/",
            "http://localhost/checkout",
        ] {
            assert!(read(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "shop.example/checkout",
            "//shop.example/",
            "https:shop.example",
            "http://shop.example/",
            "http://127.0.0.1.evil.example/",
            "http://localhost.evil.example/",
            "https://user@shop.example/",
            "https://user:word@shop.example/",
            "https://shop.example/#part",
            "https://shop.example/a b",
            " https://shop.example/",
            "https:\\\\shop.example\\",
            "javascript:alert(1)",
            "data:text/html,hello",
            "ftp://shop.example/",
        ] {
            assert_eq!(read(bad), Err(NoCheckoutUrl), "{bad}");
        }
        let long = format!("https://shop.example/{}", "x".repeat(CHECKOUT_URL_LENGTH_MAX));
        assert_eq!(read(&long), Err(NoCheckoutUrl));
    }

    #[test]
    fn a_grant_is_one_more_parameter_and_meant_for_the_origin() {
        let url = read("https://Shop.example:443/checkout?lang=de").expect("a checkout");
        assert_eq!(url.origin(), "https://shop.example");
        assert_eq!(url.with_grant("a.b-c_d"), "https://shop.example/checkout?lang=de&grant=a.b-c_d");
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_kept_is_read_again(text in "(https?://)?[a-z0-9.:@/?#\\[\\] ü%-]{0,40}") {
            if let Ok(url) = read(&text) {
                prop_assert_eq!(read(&url.to_string()), Ok(url));
            }
        }
    }
}
