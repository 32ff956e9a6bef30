//! Where an issuer's keys are, and reading them there.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use reqwest::header::CACHE_CONTROL;
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};
use tls::Trust;
use tokio::io::AsyncReadExt;

use crate::keys::Keys;

/// Bytes of a JWKS, or of what else is read.
const BYTES_MAX: u64 = 64 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// For all of it.
const READ_TIMEOUT: Duration = Duration::from_secs(5);
/// A file is read so often: it may be replaced at any time, and costs little.
const FILE_FRESH_FOR: Duration = Duration::from_secs(2);
/// How long keys at a URL are fresh when it does not say so with a `max-age`.
const FRESH_FOR: Duration = Duration::from_secs(300);
/// What is taken of a `max-age`: the issuer is not asked more often, and a key that it takes back is believed no longer.
const FRESH_FOR_LEAST: Duration = Duration::from_secs(60);
const FRESH_FOR_MOST: Duration = Duration::from_secs(3_600);

/// Where a JWKS is.
#[derive(Clone, Debug)]
pub enum Source {
    /// On a web server.
    Url(Url),
    /// In a file.
    File(PathBuf),
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("must be a URL that starts with https://, or the path of a file".to_owned());
        }
        if !text.contains("://") {
            return Ok(Self::File(text.into()));
        }
        safe_url(text).map(Self::Url)
    }
}

/// An address where nobody in between can answer in place of who is there.
///
/// # Errors
/// When it is none. The text is for who configures it.
pub(crate) fn safe_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    let host = url.host_str().unwrap_or_default();
    let is_here = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
    if url.scheme() == "https" || (url.scheme() == "http" && is_here) {
        Ok(url)
    } else {
        Err("must be https://; http:// only on this machine: whoever is between could answer something else".to_owned())
    }
}

/// For calls of a few seconds, with bounds on all of it.
///
/// # Errors
/// When none can be made.
pub(crate) fn client(trust: &Trust) -> anyhow::Result<Client> {
    Ok(Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(READ_TIMEOUT)
        // It would lead past what is demanded of the URL.
        .redirect(Policy::none())
        .tls_backend_preconfigured(trust.anonymous_config()?)
        .build()?)
}

impl Source {
    /// What reads it.
    ///
    /// # Errors
    /// When no client can be made.
    pub(crate) fn reader(self, trust: &Trust) -> anyhow::Result<Reader> {
        Ok(Reader { source: self, client: client(trust)? })
    }
}

/// Reads keys where they are.
pub(crate) struct Reader {
    source: Source,
    client: Client,
}

/// Keys, and how long they are fresh.
pub(crate) struct Fresh {
    pub(crate) keys: Keys,
    pub(crate) fresh_for: Duration,
}

impl Reader {
    /// Whether it reads a file.
    pub(crate) fn is_file(&self) -> bool {
        matches!(self.source, Source::File(_))
    }

    /// Reads the keys.
    ///
    /// # Errors
    /// When they cannot be had in time, or are no keys.
    pub(crate) async fn read(&self) -> anyhow::Result<Fresh> {
        match &self.source {
            Source::Url(url) => {
                let response = self.client.get(url.clone()).send().await.map_err(reqwest::Error::without_url)?;
                ensure!(response.status().is_success(), "answered with {}", response.status());
                let fresh_for = fresh_for(&response);
                Ok(Fresh { keys: Keys::parse(&body(response).await?)?, fresh_for })
            }
            Source::File(path) => {
                let mut jwks = Vec::new();
                let file = tokio::fs::File::open(path).await;
                let file = file.with_context(|| format!("cannot read {}", path.display()))?;
                file.take(BYTES_MAX + 1).read_to_end(&mut jwks).await?;
                ensure!(jwks.len() as u64 <= BYTES_MAX, "longer than {BYTES_MAX} bytes");
                Ok(Fresh { keys: Keys::parse(&jwks)?, fresh_for: FILE_FRESH_FOR })
            }
        }
    }
}

/// The text of an answer.
///
/// # Errors
/// When it breaks off, or is too long.
pub(crate) async fn body(mut response: Response) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(reqwest::Error::without_url)? {
        if (bytes.len() + chunk.len()) as u64 > BYTES_MAX {
            bail!("longer than {BYTES_MAX} bytes");
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn fresh_for(response: &Response) -> Duration {
    let said = response.headers().get(CACHE_CONTROL).and_then(|value| value.to_str().ok());
    said.map_or(FRESH_FOR, fresh_for_as_said)
}

/// By a `Cache-Control`. What says nothing of an age, or that it must not be kept, is read again soon.
fn fresh_for_as_said(cache_control: &str) -> Duration {
    let mut age = FRESH_FOR;
    for directive in cache_control.split(',').map(|directive| directive.trim().to_ascii_lowercase()) {
        match directive.split_once('=') {
            Some(("max-age", seconds)) => {
                age = seconds.trim_matches('"').parse().map_or(FRESH_FOR_LEAST, Duration::from_secs);
            }
            _ if directive == "no-cache" || directive == "no-store" => return FRESH_FOR_LEAST,
            _ => {}
        }
    }
    age.clamp(FRESH_FOR_LEAST, FRESH_FOR_MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_over_tls_or_from_this_machine() {
        for good in ["https://shop.example/jwks.json", "http://127.0.0.1:9/k", "http://localhost/k", "http://[::1]:9/"]
        {
            assert!(matches!(good.parse(), Ok(Source::Url(_))), "{good}");
        }
        for path in ["keys.json", "/etc/flashline/keys.json"] {
            assert!(matches!(path.parse(), Ok(Source::File(_))), "{path}");
        }
        for bad in
            ["", "http://shop.example/jwks.json", "http://127.0.0.1.evil.example/", "file:///keys", "ftp://shop/k"]
        {
            assert!(bad.parse::<Source>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_issuer_says_how_long_its_keys_are_fresh_within_bounds() {
        for (said, seconds) in [
            ("max-age=600", 600),
            ("public, MAX-AGE=\"900\" , immutable", 900),
            ("max-age=0", 60),
            ("max-age=99999999", 3_600),
            ("max-age=soon", 60),
            ("no-cache", 60),
            ("max-age=600, no-store", 60),
            ("public", 300),
        ] {
            assert_eq!(fresh_for_as_said(said), Duration::from_secs(seconds), "{said}");
        }
    }
}
