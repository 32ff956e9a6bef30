//! Calls of addresses that organisers give, or shoppers' browsers: which may be called, and how.
//!
//! Whoever may name an address that we call could reach through us what they cannot reach themselves. So only public
//! addresses are called, over https; a name is looked up here, and the connection goes to the address that was checked;
//! no redirect is followed, no proxy is asked, and no more is read than is kept. Networks that are configured are
//! exempt: these are called over plain http as well.
//!
//! | module | what it is |
//! | --- | --- |
//! | `address` | which addresses are public |
//! | `call` | one call, with its bounds |

mod address;
mod call;

use std::sync::Arc;

use clap::Args;
use service::address::Network;
use url::{Host, Url};

pub use call::{Answer, CallError, Caller};

const ENDPOINT_NETWORKS: &str = "FLASHLINE_ENDPOINT_NETWORKS";
/// Characters of an address.
const URL_LENGTH_MAX: usize = 2_000;

/// Which endpoints of webhooks may be called besides public addresses.
#[derive(Clone, Debug, Default, Args)]
#[group(skip)]
#[command(next_help_heading = "Webhooks")]
pub struct Settings {
    /// Networks of your own in which endpoints of webhooks may be, separated by commas, over http too; everywhere else only
    /// public addresses over https
    #[arg(long, env = ENDPOINT_NETWORKS, value_delimiter = ',')]
    pub endpoint_networks: Vec<Network>,
}

impl Settings {
    /// Which endpoints of webhooks may be called.
    pub fn permitted(&self) -> Permitted {
        Permitted::new(&self.endpoint_networks, ENDPOINT_NETWORKS)
    }
}

/// What may be called.
#[derive(Clone, Debug)]
pub struct Permitted {
    own: Arc<[Network]>,
    /// The setting that names those networks.
    setting: &'static str,
}

/// Over what is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Https,
    Http,
}

impl Permitted {
    /// Public addresses, and these networks, which a setting names.
    pub fn new(own: &[Network], setting: &'static str) -> Self {
        Self { own: own.into(), setting }
    }

    /// What is wrong with an address that is to be called, as far as it can be seen without looking its name up.
    pub fn problem(&self, text: &str) -> Option<String> {
        self.read(text).err()
    }

    fn read(&self, text: &str) -> Result<(Scheme, Url), String> {
        // The reader would drop some of these, and call another address than the one that is shown.
        let is_plain =
            text.len() <= URL_LENGTH_MAX && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        let url = Url::parse(text).ok().filter(|_| is_plain);
        let url =
            url.ok_or_else(|| format!("an https:// address of at most {URL_LENGTH_MAX} visible ASCII characters"))?;
        let scheme = match url.scheme() {
            "https" => Scheme::Https,
            "http" if !self.own.is_empty() => Scheme::Http,
            _ => {
                return Err(format!("only https:// is called (http:// in the networks of {})", self.setting));
            }
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err("an address without a user and without a password".to_owned());
        }
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(address.into()),
            Some(Host::Ipv6(address)) => Some(address.into()),
            Some(Host::Domain(_)) => None,
            None => return Err("an address with a host".to_owned()),
        };
        // A number in place of a name is never looked up, so it is checked here.
        match literal.filter(|address| !self.may_be_called(scheme, *address)) {
            Some(address) => Err(format!("{address} is not public, nor in a network of {}", self.setting)),
            None => Ok((scheme, url)),
        }
    }

    fn may_be_called(&self, scheme: Scheme, address: std::net::IpAddr) -> bool {
        self.own.iter().any(|network| network.contains(address))
            || scheme == Scheme::Https && address::is_public(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn permitted(own: &[&str]) -> Permitted {
        let own: Vec<Network> = own.iter().map(|network| network.parse().expect("a network")).collect();
        Permitted::new(&own, ENDPOINT_NETWORKS)
    }

    #[test]
    fn only_public_addresses_over_https_are_called() {
        let strict = permitted(&[]);
        for good in [
            "https://shop.example/hooks?x=1",
            "https://shop.example:8443/",
            "https://93.184.216.34/",
            "https://[2606:2800:220:1:248:1893:25c8:1946]/",
        ] {
            assert_eq!(strict.problem(good), None, "{good}");
        }
        for bad in [
            "",
            "shop.example",
            "https://",
            "http://shop.example/",
            "ftp://shop.example/",
            "file:///etc/passwd",
            "https://user@shop.example/",
            "https://user:secret@shop.example/",
            "https://shop.example/a b",
            "https://shop.example\\@127.0.0.1/",
            "https://\t127.0.0.1/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://0/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:a00:1]/",
            "https://[64:ff9b::a00:1]/",
            "https://[fe80::1]/",
            "https://10.0.0.1:8443/",
            "https://169.254.169.254/latest/meta-data/",
            "https://100.64.0.1/",
        ] {
            assert!(strict.problem(bad).is_some(), "{bad}");
        }
        let own = permitted(&["10.0.0.0/8"]);
        for good in ["http://10.1.2.3/", "https://10.1.2.3/", "https://shop.example/", "http://shop.example/"] {
            assert_eq!(own.problem(good), None, "{good}");
        }
        for bad in ["http://127.0.0.1/", "https://192.168.0.1/", "http://93.184.216.34/"] {
            assert!(own.problem(bad).is_some(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_address_panics(text in any::<String>(), url in "https?://[0-9a-fx.:@/\\[\\]]{0,30}") {
            let _ = (permitted(&[]).problem(&text), permitted(&["10.0.0.0/8"]).problem(&url));
        }
    }
}
