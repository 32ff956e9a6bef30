//! Hosted checks: whether their provider takes the bearer of a token for a person. The `siteverify` contract that Cloudflare
//! Turnstile, hCaptcha and reCAPTCHA share: a page shows the provider's widget and gets a token, and we ask the provider about it.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `settings` | which provider, and what it knows us by |
//! | `answer` | what the provider says, and what that means |
//!
//! What may never happen: a token that counts though the provider has not said so.

mod answer;
mod settings;

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use secrecy::ExposeSecret;
use tls::Trust;
use tokio::sync::{Semaphore, TryAcquireError};
use tokio::time::timeout;

pub use answer::Refusal;
pub use settings::{Page, Provider, Settings};

use answer::Answer;

/// What our pages say that their widgets are for. Turnstile gives it back with its verdict.
pub const ACTION: &str = "session";
/// Characters of a token. Turnstile's have 2,048 at most, others somewhat more.
pub const TOKEN_LENGTH_MAX: usize = 8_192;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// For all of an answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes of an answer: one has a few hundred.
const BYTES_MAX: usize = 16 * 1024;
/// Tokens that are with the provider at once.
const ASKED_MAX: usize = 128;
/// Tokens that wait for others to come back, and for how long.
const WAITING_MAX: usize = 2_000;
const WAITS_FOR: Duration = Duration::from_secs(3);
/// How often it is said that something is wrong: it may be so for every token.
const SAID_EVERY: Duration = Duration::from_secs(5);

/// Asks the provider.
pub struct Verifier {
    provider: Provider,
    http: Client,
    asked: Semaphore,
    waiting: Semaphore,
    said_at: Mutex<Option<Instant>>,
}

impl Verifier {
    /// For a provider.
    ///
    /// # Errors
    /// When no client can be made.
    pub fn new(provider: Provider, trust: &Trust) -> anyhow::Result<Self> {
        let http = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(ANSWER_TIMEOUT)
            // It would take the secret past what is demanded of the URL.
            .redirect(Policy::none())
            .tls_backend_preconfigured(trust.anonymous_config()?)
            .build()?;
        let (asked, waiting) = (Semaphore::new(ASKED_MAX), Semaphore::new(WAITING_MAX));
        Ok(Self { provider, http, asked, waiting, said_at: Mutex::default() })
    }

    /// What pages must know to show the provider's widget.
    pub fn page(&self) -> &Page {
        &self.provider.page
    }

    /// Whether the provider takes the bearer of a token, who is at an address, for a person. It says so once: a token that was asked
    /// about is used.
    ///
    /// # Errors
    /// When it does not, or cannot be asked.
    pub async fn verify(&self, token: &str, address: IpAddr) -> Result<(), Refusal> {
        if token.is_empty() || token.len() > TOKEN_LENGTH_MAX {
            return Err(Refusal::Malformed);
        }
        let _asked = match self.asked.try_acquire() {
            Ok(asked) => asked,
            Err(TryAcquireError::Closed) => return Err(Refusal::Busy),
            Err(TryAcquireError::NoPermits) => {
                let _waiting = self.waiting.try_acquire().map_err(|_| Refusal::Busy)?;
                let asked = timeout(WAITS_FOR, self.asked.acquire()).await;
                asked.ok().and_then(Result::ok).ok_or(Refusal::Busy)?
            }
        };
        let answer = self.ask(token, address).await.map_err(|error| {
            self.say("the provider of the hosted check does not answer", &format!("{error:#}"));
            Refusal::Away
        })?;
        answer.verdict(&self.provider.hosts).inspect_err(|refusal| match refusal {
            Refusal::Misconfigured => self.say(
                "the provider of the hosted check does not take what it is told: compare the FLASHLINE_HOSTED_CHECK_… with what it \
                 has given out",
                &answer.codes(),
            ),
            Refusal::Away => self.say("the provider of the hosted check cannot say", &answer.codes()),
            Refusal::Elsewhere => self.say(
                "a token of the hosted check was made for another page: compare FLASHLINE_HOSTED_CHECK_HOSTS, or \
                 FLASHLINE_PUBLIC_URL, with where the pages are",
                &answer.made_for(),
            ),
            Refusal::Malformed | Refusal::Token | Refusal::Stale | Refusal::Busy => {}
        })
    }

    async fn ask(&self, token: &str, address: IpAddr) -> anyhow::Result<Answer> {
        let Provider { url, secret, page, takes_site_key, .. } = &self.provider;
        let address = address.to_string();
        let mut form = vec![("secret", secret.expose_secret()), ("response", token), ("remoteip", &address)];
        if *takes_site_key {
            form.push(("sitekey", &page.site_key));
        }
        let response = self.http.post(url.clone()).form(&form).send().await.map_err(reqwest::Error::without_url)?;
        let status = response.status();
        // Some say what is wrong with a status besides.
        let answer: Answer = serde_json::from_slice(&body(response).await?)
            .with_context(|| format!("answered with {status}, and with nothing that siteverify says"))?;
        ensure!(status.is_success() || !answer.success, "answered with {status}, and yes");
        Ok(answer)
    }

    /// Tells who operates this, if they were not told just now.
    fn say(&self, what: &str, why: &str) {
        let mut said_at = self.said_at.lock().unwrap_or_else(PoisonError::into_inner);
        if said_at.is_none_or(|at| at.elapsed() >= SAID_EVERY) {
            *said_at = Some(Instant::now());
            tracing::error!(why, "{what}");
        }
    }
}

/// The text of an answer.
async fn body(mut response: Response) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(reqwest::Error::without_url)? {
        ensure!(bytes.len() + chunk.len() <= BYTES_MAX, "its answer is longer than {BYTES_MAX} bytes");
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
