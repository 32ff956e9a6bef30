//! Calls of Stripe's API: forms to it, JSON back, its errors told apart.

use std::time::Duration;

use anyhow::Context;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::{RequestBuilder, Response, StatusCode, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tls::Trust;
use uuid::Uuid;

use crate::payments::gateway::GatewayError;

/// The version of Stripe's API that this adapter is written to. The page's script is of the same release, `endive`
/// (`FLASHLINE_STRIPE_SCRIPT_URL` of the ingress): raise both together, after reading <https://docs.stripe.com/changelog>.
const VERSION: &str = "2026-10-28.endive";
const STRIPE_VERSION: HeaderName = HeaderName::from_static("stripe-version");

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// An answer that takes longer counts as none, and ends the step.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes of an answer: a hundred events, of which each carries an object of some KiB.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Characters of Stripe's words that are kept.
const WORDS_LENGTH_MAX: usize = 200;

/// Declines whose reason the shopper must not hear: who has a stolen card would learn that it is known to be.
/// <https://docs.stripe.com/declines/codes>
const NOT_TOLD: [&str; 7] = [
    "fraudulent",
    "lost_card",
    "merchant_blacklist",
    "pickup_card",
    "restricted_card",
    "security_violation",
    "stolen_card",
];

/// The API of an account.
pub(super) struct Client {
    http: reqwest::Client,
    base: String,
}

/// Under what Stripe does a thing only once. It saves its first answer with the key, whatever that is, for a day.
pub(super) struct Key {
    text: String,
    /// Whether a saved answer is one to a question of today.
    is_believed: fn(StatusCode) -> bool,
}

impl Key {
    /// For what can be done only once by where its object stands, and whose refusal says where it stood: of saved answers
    /// only one that it was done is believed.
    pub(super) fn by_state(text: String) -> Self {
        Self { text, is_believed: |status| status.is_success() }
    }

    /// For what is refused for good, and may be asked for anew where all that Stripe has saved is a failure of its own.
    pub(super) fn for_good(text: String) -> Self {
        Self { text, is_believed: |status| !status.is_server_error() }
    }

    /// For what would be done twice under another key.
    pub(super) fn alone(text: String) -> Self {
        Self { text, is_believed: |_| true }
    }
}

/// Why something was not done.
pub(super) enum Refused {
    /// Whether it was is unknown.
    Unknown(String),
    /// Stripe says no.
    No(Problem),
}

/// What Stripe says when it says no.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Problem {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    decline_code: Option<String>,
    #[serde(default)]
    param: Option<String>,
    #[serde(default)]
    message: Option<String>,
}

impl Problem {
    /// Whether the bank said it, and not Stripe itself.
    pub(super) fn is_of_bank(&self) -> bool {
        self.kind == "card_error"
    }

    pub(super) fn is_missing(&self) -> bool {
        self.code.as_deref() == Some("resource_missing")
    }

    /// The bank's reason, as a word that the shopper may hear.
    pub(super) fn of_decline(&self) -> Option<String> {
        let word = self.decline_code.as_ref().or(self.code.as_ref())?;
        (!NOT_TOLD.contains(&word.as_str())).then(|| plain(word))
    }

    fn words(&self) -> String {
        let word = self.code.as_deref().unwrap_or(&self.kind);
        let about = self.param.as_ref().map_or_else(String::new, |param| format!(" ({param})"));
        plain(&format!("{word}{about}"))
    }
}

impl Refused {
    /// To what carries a card's token: Stripe's message might repeat it.
    pub(super) fn of_card(self) -> GatewayError {
        match self {
            Refused::Unknown(why) => GatewayError::Transient(why),
            Refused::No(problem) => GatewayError::Permanent(format!("Stripe refused: {}", problem.words())),
        }
    }
}

impl From<Refused> for GatewayError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::No(Problem { message: Some(message), .. }) => {
                GatewayError::Permanent(format!("Stripe refused: {}", plain(&message)))
            }
            refused => refused.of_card(),
        }
    }
}

fn plain(words: &str) -> String {
    words.chars().filter(|c| !c.is_control()).take(WORDS_LENGTH_MAX).collect()
}

impl Client {
    pub(super) fn new(base: &str, secret_key: &SecretString, trust: &Trust) -> anyhow::Result<Self> {
        let url = reqwest::Url::parse(base).context("FLASHLINE_STRIPE_API_URL: must be an http:// or https:// URL")?;
        anyhow::ensure!(
            matches!(url.scheme(), "http" | "https"),
            "FLASHLINE_STRIPE_API_URL: must be an http:// or https:// URL"
        );
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", secret_key.expose_secret()))
            .map_err(|_| anyhow::anyhow!("FLASHLINE_STRIPE_SECRET_KEY: must be visible ASCII characters"))?;
        bearer.set_sensitive(true);
        let version = HeaderValue::from_static(VERSION);
        let headers = HeaderMap::from_iter([(AUTHORIZATION, bearer), (STRIPE_VERSION, version)]);
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            .redirect(redirect::Policy::none())
            .default_headers(headers)
            .tls_backend_preconfigured(trust.anonymous_config()?)
            .build()?;
        Ok(Self { http, base: format!("{}/v1", base.trim_end_matches('/')) })
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, Refused> {
        read(send(self.http.get(format!("{}/{path}", self.base)).query(query)).await?).await
    }

    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        form: &[(&str, &str)],
        key: Key,
    ) -> Result<T, Refused> {
        let ask = |key: &str| self.http.post(format!("{}/{path}", self.base)).form(form).header("idempotency-key", key);
        let answer = send(ask(&key.text)).await?;
        let is_saved = answer.headers().contains_key("idempotent-replayed");
        if is_saved && !(key.is_believed)(answer.status()) {
            // Another each time: what is answered now may be no answer of tomorrow either.
            return read(send(ask(&format!("{}:{}", key.text, Uuid::now_v7()))).await?).await;
        }
        read(answer).await
    }
}

async fn send(request: RequestBuilder) -> Result<Response, Refused> {
    request.send().await.map_err(unknown)
}

fn unknown(error: reqwest::Error) -> Refused {
    Refused::Unknown(error.without_url().to_string())
}

async fn read<T: DeserializeOwned>(answer: Response) -> Result<T, Refused> {
    let status = answer.status();
    if status.is_success() {
        let unreadable = |error| Refused::Unknown(format!("Stripe's answer cannot be read: {error}"));
        return serde_json::from_slice(&body(answer).await?).map_err(unreadable);
    }
    Err(match status {
        // The wrong key must not decline anybody's card.
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            Refused::Unknown(format!("Stripe answered {status}: FLASHLINE_STRIPE_SECRET_KEY is not good for this"))
        }
        // A request with the same key is under way, or its object is locked (409); something behind Stripe failed (424).
        StatusCode::REQUEST_TIMEOUT
        | StatusCode::CONFLICT
        | StatusCode::FAILED_DEPENDENCY
        | StatusCode::TOO_MANY_REQUESTS => Refused::Unknown(format!("Stripe answered {status}")),
        status if status.is_client_error() => {
            let said = serde_json::from_slice(&body(answer).await?).map(|Said { error }| error);
            // That it refused stands by its status alone.
            Refused::No(said.unwrap_or_else(|_| Problem { kind: status.to_string(), ..Problem::default() }))
        }
        status => Refused::Unknown(format!("Stripe answered {status}")),
    })
}

#[derive(Deserialize)]
struct Said {
    error: Problem,
}

async fn body(mut answer: Response) -> Result<Vec<u8>, Refused> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(unknown)? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(Refused::Unknown(format!("Stripe's answer has more than {ANSWER_BYTES_MAX} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
