//! Asking relays for a round, over drand's HTTP API.

use std::time::Duration;

use anyhow::{Context, ensure};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use sale::draw::{Chain, Signature};
use serde::Deserialize;
use tls::Trust;

use crate::Settings;
use crate::signature::has_signed;

/// Bytes of an answer: a round has about 250.
const BYTES_MAX: usize = 4 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// For all of an answer. A relay may hold a request for a round that is due until it is out.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(4);

/// Relays, in the order in which they are asked.
#[derive(Clone, Debug)]
pub struct Relays {
    client: Client,
    urls: Vec<Url>,
}

/// Why a round was not had: what each relay said to it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unheard(String);

/// A round as a relay tells it. Its randomness is computed here.
#[derive(Deserialize)]
struct Told {
    round: u64,
    signature: Signature,
}

impl Relays {
    /// As configured; there may be none.
    ///
    /// # Errors
    /// When no client can be made.
    pub fn new(settings: &Settings, trust: &Trust) -> anyhow::Result<Self> {
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(ANSWER_TIMEOUT)
            .redirect(Policy::none())
            .tls_backend_preconfigured(trust.anonymous_config()?)
            .build()?;
        Ok(Self { client, urls: settings.drand_url.clone() })
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.urls.is_empty()
    }

    /// What the owners of the chain signed in a round: of the first relay that has it.
    ///
    /// # Errors
    /// When no relay has it, or none answers in time.
    pub async fn signature(&self, chain: &Chain, round: u64) -> Result<Signature, Unheard> {
        let mut said = Vec::with_capacity(self.urls.len());
        for url in &self.urls {
            match self.ask(url, chain, round).await {
                Ok(signature) => return Ok(signature),
                Err(error) => said.push(format!("{}: {error:#}", url.host_str().unwrap_or_default())),
            }
        }
        Err(Unheard(if said.is_empty() { "no relay is configured".to_owned() } else { said.join("; ") }))
    }

    async fn ask(&self, url: &Url, chain: &Chain, round: u64) -> anyhow::Result<Signature> {
        let mut url = url.clone();
        let path = format!("{}/{}/public/{round}", url.path().trim_end_matches('/'), chain.hash);
        url.set_path(&path);
        let mut response = self.client.get(url).send().await.map_err(reqwest::Error::without_url)?;
        let status = response.status();
        ensure!(status != StatusCode::TOO_EARLY && status != StatusCode::NOT_FOUND, "does not have round {round}");
        ensure!(status.is_success(), "answered with {status}");
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(reqwest::Error::without_url)? {
            ensure!(body.len() + chunk.len() <= BYTES_MAX, "its answer is longer than {BYTES_MAX} bytes");
            body.extend_from_slice(&chunk);
        }
        let told: Told = serde_json::from_slice(&body).context("its answer is no round")?;
        ensure!(told.round == round, "answered with round {}, not {round}", told.round);
        ensure!(has_signed(&chain.public_key, round, &told.signature), "the chain has not signed what it tells");
        Ok(told.signature)
    }
}
