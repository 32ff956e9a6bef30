//! Which provider checks, and what it knows us by.

use anyhow::{bail, ensure};
use clap::Args;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use settings::PublicUrl;

/// The provider of the hosted check: none, or all that it needs.
#[derive(Clone, Debug, Default, Args)]
#[group(skip)]
#[command(next_help_heading = "Hosted check")]
pub struct Settings {
    /// Where the provider of the hosted check is asked about tokens, as https://challenges.cloudflare.com/turnstile/v0/siteverify or
    /// https://api.hcaptcha.com/siteverify. Goes with its secret, site key and script; without them no sale can ask for that check
    #[arg(long, env = "FLASHLINE_HOSTED_CHECK_URL", value_parser = safe_url)]
    pub hosted_check_url: Option<Url>,
    /// What the provider knows by that it is this installation that asks
    #[arg(long, env = "FLASHLINE_HOSTED_CHECK_SECRET", hide_env_values = true, value_parser = secret)]
    pub hosted_check_secret: Option<SecretString>,
    /// What the provider's widget knows this site by: pages show it to everybody
    #[arg(long, env = "FLASHLINE_HOSTED_CHECK_SITE_KEY", value_parser = site_key)]
    pub hosted_check_site_key: Option<String>,
    /// The provider's script, which pages of sales load that ask for the check, as https://challenges.cloudflare.com/turnstile/v0/api.js
    /// or https://js.hcaptcha.com/1/api.js
    #[arg(long, env = "FLASHLINE_HOSTED_CHECK_SCRIPT_URL", value_parser = script)]
    pub hosted_check_script_url: Option<String>,
    /// Hosts of the pages, separated by commas: what was checked elsewhere does not count. Without any, that of FLASHLINE_PUBLIC_URL
    #[arg(long, env = "FLASHLINE_HOSTED_CHECK_HOSTS", value_delimiter = ',', value_parser = host)]
    pub hosted_check_hosts: Vec<String>,
}

/// What pages must know to show the provider's widget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Where the script is.
    pub script_url: String,
    /// What it knows the site by.
    pub site_key: String,
}

/// A provider, and what it knows us by.
#[derive(Clone, Debug)]
pub struct Provider {
    pub(crate) url: Url,
    pub(crate) secret: SecretString,
    /// What pages must know.
    pub page: Page,
    pub(crate) hosts: Vec<String>,
    /// hCaptcha's secrets are an account's. It compares the site key if it is told one, and others have never heard of that.
    pub(crate) takes_site_key: bool,
}

impl Settings {
    /// All that is needed, if anything is set; `public_url` is where shoppers find the pages.
    ///
    /// # Errors
    /// When one is set without the others, or they do not go together. The message names the setting.
    pub fn together(&self, public_url: &PublicUrl) -> anyhow::Result<Option<Provider>> {
        let (url, secret, site_key, script_url) = match (
            &self.hosted_check_url,
            &self.hosted_check_secret,
            &self.hosted_check_site_key,
            &self.hosted_check_script_url,
        ) {
            (None, None, None, None) if self.hosted_check_hosts.is_empty() => return Ok(None),
            (Some(url), Some(secret), Some(site_key), Some(script)) => (url, secret, site_key, script),
            (url, secret, site_key, _) => {
                let missing = match () {
                    () if url.is_none() => "FLASHLINE_HOSTED_CHECK_URL",
                    () if secret.is_none() => "FLASHLINE_HOSTED_CHECK_SECRET",
                    () if site_key.is_none() => "FLASHLINE_HOSTED_CHECK_SITE_KEY",
                    () => "FLASHLINE_HOSTED_CHECK_SCRIPT_URL",
                };
                bail!("{missing}: must be set where another FLASHLINE_HOSTED_CHECK_… is");
            }
        };
        ensure!(
            secret.expose_secret() != site_key,
            "FLASHLINE_HOSTED_CHECK_SITE_KEY: must not be the secret, since pages show it to everybody"
        );
        let hosts = match self.hosted_check_hosts.as_slice() {
            [] => vec![public_url.host()],
            hosts => hosts.to_vec(),
        };
        Ok(Some(Provider {
            takes_site_key: url
                .host_str()
                .is_some_and(|host| host == "hcaptcha.com" || host.ends_with(".hcaptcha.com")),
            url: url.clone(),
            secret: secret.clone(),
            page: Page { script_url: script_url.clone(), site_key: site_key.clone() },
            hosts,
        }))
    }
}

/// An address where nobody in between can read what is sent, or answer in place of who is there.
fn safe_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    let is_here = ["localhost", "127.0.0.1", "[::1]"].contains(&url.host_str().unwrap_or_default());
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_here);
    if is_safe { Ok(url) } else { Err("must be https://; http:// only on this machine".to_owned()) }
}

/// It is named in a header of pages, and in pages.
fn script(text: &str) -> Result<String, String> {
    safe_url(text)?;
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/.-_?=&[]".contains(&byte));
    if is_plain {
        Ok(text.to_owned())
    } else {
        Err("must not have anything in it but letters, digits and :/.-_?=&".to_owned())
    }
}

fn site_key(text: &str) -> Result<String, String> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if is_plain && !text.is_empty() {
        Ok(text.to_owned())
    } else {
        Err("must be a site key as the provider gives it out".to_owned())
    }
}

fn secret(text: &str) -> Result<SecretString, String> {
    if text.trim().is_empty() { Err("must not be empty".to_owned()) } else { Ok(SecretString::from(text)) }
}

fn host(text: &str) -> Result<String, String> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.[]:".contains(&byte));
    if is_plain && !text.is_empty() { Ok(text.to_owned()) } else { Err("must be a host, as sale.example".to_owned()) }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Service {
        #[command(flatten)]
        settings: Settings,
    }

    const PAGES: &str = "https://sale.example/";
    const ALL: [(&str, &str); 4] = [
        ("--hosted-check-url", "https://challenges.cloudflare.com/turnstile/v0/siteverify"),
        ("--hosted-check-secret", "0x4AAAAAAA-secret"),
        ("--hosted-check-site-key", "0x4AAAAAAA"),
        ("--hosted-check-script-url", "https://challenges.cloudflare.com/turnstile/v0/api.js"),
    ];

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, clap::Error> {
        let words = pairs.iter().flat_map(|(flag, value)| [*flag, *value]);
        Service::try_parse_from(std::iter::once("service").chain(words)).map(|service| service.settings)
    }

    fn together(pairs: &[(&str, &str)], pages: &str) -> anyhow::Result<Option<Provider>> {
        read(pairs).expect("each is well formed").together(&pages.parse().expect("where pages are"))
    }

    #[test]
    fn all_are_set_or_none_and_what_is_missing_is_named() {
        assert!(together(&[], PAGES).expect("none").is_none());
        let provider = together(&ALL, PAGES).expect("all").expect("a provider");
        assert_eq!(provider.hosts, ["sale.example"]);
        assert!(!provider.takes_site_key);
        for left_out in 0..ALL.len() {
            let mut pairs = ALL.to_vec();
            let (flag, _) = pairs.remove(left_out);
            let said = together(&pairs, PAGES).expect_err(flag).to_string();
            let named = format!("FLASHLINE_{}:", flag[2..].replace('-', "_").to_uppercase());
            assert!(said.starts_with(&named), "{said}");
        }
        let said = together(&[("--hosted-check-hosts", "sale.example")], PAGES).expect_err("hosts alone").to_string();
        assert!(said.starts_with("FLASHLINE_HOSTED_CHECK_URL:"), "{said}");
    }

    #[test]
    fn where_the_pages_are_is_told_or_follows() {
        let hosts = [&ALL[..], &[("--hosted-check-hosts", "sale.example,www.sale.example")]].concat();
        let provider = together(&hosts, "https://elsewhere.example").expect("all").expect("a provider");
        assert_eq!(provider.hosts, ["sale.example", "www.sale.example"]);
    }

    #[test]
    fn the_secret_is_shown_to_nobody_and_goes_over_tls() {
        let mut shown = ALL;
        shown[2].1 = ALL[1].1;
        let said = together(&shown, PAGES).expect_err("the secret as site key").to_string();
        assert!(said.starts_with("FLASHLINE_HOSTED_CHECK_SITE_KEY:") && !said.contains("0x4"), "{said}");
        for (flag, bad) in [
            ("--hosted-check-url", "http://challenges.cloudflare.com/siteverify"),
            ("--hosted-check-url", "challenges.cloudflare.com"),
            ("--hosted-check-url", "http://127.0.0.1.evil.example/"),
            ("--hosted-check-script-url", "http://challenges.cloudflare.com/api.js"),
            ("--hosted-check-script-url", "https://x.example/api.js; script-src *"),
            ("--hosted-check-site-key", "\"><script>"),
            ("--hosted-check-secret", ""),
            ("--hosted-check-hosts", "https://sale.example"),
        ] {
            read(&[(flag, bad)]).expect_err(bad);
        }
        read(&[("--hosted-check-url", "http://127.0.0.1:9000/siteverify")]).expect("on this machine");
    }
}
