//! Which chain, and where its relays are.

use clap::Args;
use reqwest::Url;
use sale::draw::{Chain, ChainHash, PublicKey};

/// drand's quicknet, as the League of Entropy publishes it.
const HASH: &str = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971";
const PUBLIC_KEY: &str = "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a";
const GENESIS_S: &str = "1692803367";
const PERIOD_S: &str = "3";

/// A randomness beacon for draws. What defines the chain goes together.
#[derive(Clone, Debug, Args)]
#[group(skip)]
#[command(next_help_heading = "Draws")]
pub struct Settings {
    /// Relays of drand, such as https://api.drand.sh, separated by commas; asked in this order. Without any, no sale can be
    /// drawn with a beacon
    #[arg(long, env = "FLASHLINE_DRAND_URL", value_delimiter = ',', value_parser = relay)]
    pub drand_url: Vec<Url>,
    /// The chain for sales that are made from now on, by its hash; of the scheme bls-unchained-g1-rfc9380. Unless set, it and
    /// the three below are drand's quicknet
    #[arg(long, env = "FLASHLINE_DRAND_CHAIN", default_value = HASH)]
    pub drand_chain: ChainHash,
    /// The public key of the chain, as hexadecimal digits
    #[arg(long, env = "FLASHLINE_DRAND_PUBLIC_KEY", default_value = PUBLIC_KEY)]
    pub drand_public_key: PublicKey,
    /// When round 1 of the chain came, in Unix seconds
    #[arg(long, env = "FLASHLINE_DRAND_GENESIS_SECONDS", default_value = GENESIS_S, value_parser = clap::value_parser!(u64).range(..=4_102_444_800))]
    pub drand_genesis_seconds: u64,
    /// From one round of the chain to the next, in seconds
    #[arg(long, env = "FLASHLINE_DRAND_PERIOD_SECONDS", default_value = PERIOD_S, value_parser = clap::value_parser!(u64).range(1..=300))]
    pub drand_period_seconds: u64,
}

impl Settings {
    /// The chain for sales that are made from now on.
    pub fn chain(&self) -> Chain {
        Chain {
            hash: self.drand_chain,
            public_key: self.drand_public_key,
            genesis_s: self.drand_genesis_seconds,
            period_s: self.drand_period_seconds,
        }
    }
}

/// Rounds are signed: whoever is between can hold them back, and not change them. So http is enough.
fn relay(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    let is_plain = url.query().is_none() && url.fragment().is_none();
    if ["http", "https"].contains(&url.scheme()) && url.has_host() && is_plain {
        Ok(url)
    } else {
        Err("must be a URL that starts with https:// or http://, without query and fragment".to_owned())
    }
}

#[cfg(test)]
pub(crate) fn quicknet() -> Chain {
    use clap::Parser;
    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        beacon: Settings,
    }
    Alone::parse_from(["alone"]).beacon.chain()
}

#[cfg(test)]
mod tests {
    use sale::time::UnixMs;

    use super::*;

    #[test]
    fn rounds_come_when_the_real_chain_s_do() {
        // As relays said: round 1000 came at 1692806364.
        let chain = quicknet();
        assert_eq!(chain.time_of(1), UnixMs(1_692_803_367_000));
        assert_eq!(chain.time_of(1_000), UnixMs(1_692_806_364_000));
        assert_eq!(chain.first_from(chain.time_of(1_000)), 1_000);
        assert_eq!(chain.first_from(chain.time_of(1_000).plus_ms(1)), 1_001);
        assert_eq!(chain.latest_by(chain.time_of(1_000).plus_ms(2_999)), 1_000);
    }

    #[test]
    fn relays_are_urls_of_servers() {
        for good in ["https://api.drand.sh", "http://127.0.0.1:9/relay/"] {
            assert!(relay(good).is_ok(), "{good}");
        }
        for bad in ["", "api.drand.sh", "ftp://drand.example", "https://drand.example/?a=b", "https://"] {
            assert!(relay(bad).is_err(), "{bad}");
        }
    }
}
