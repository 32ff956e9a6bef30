//! Signing in with an account at an OpenID provider: the authorization code flow with PKCE (OpenID Connect Core, 3.1).
//!
//! ```text
//! begin ─▶ the provider's page ─▶ back with a code ─▶ end: code ─▶ ID token ─▶ the customer
//!   └──▶ a secret, which the browser keeps in a cookie and brings along ──┘
//! ```
//!
//! | module | what it holds |
//! | --- | --- |
//! | `settings` | which provider, and what it knows us by |
//! | `provider` | the provider as it describes itself; codes for ID tokens |
//! | `login` | one sign-in: what follows from its secret |
//!
//! What may never happen: a sign-in that ends in another browser than it began in.

mod login;
mod provider;
mod settings;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use ::settings::PublicUrl;
use reqwest::Url;
use sale::ids::EventId;
use tls::Trust;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

pub use settings::Settings;

use crate::meters::Whose;
use crate::{Customer as Account, Refusal, meters, source};
use login::Login;
use provider::{Document, Provider};

/// How long a sign-in may take, in seconds: the browser forgets its secret then.
pub const SIGN_IN_LASTS_S: u64 = 600;
/// How often the provider's description is read again.
const DOCUMENT_FRESH_FOR: Duration = Duration::from_secs(3_600);
/// While it cannot be read.
const AGAIN_AFTER: Duration = Duration::from_secs(5);
/// Codes that are with the provider at once.
const CODES_MAX: usize = 64;
/// Bytes of a code, and of a state: one at least.
pub const TEXT_LENGTH_MAX: usize = 4_096;

/// A sign-in that was begun.
pub struct Begun {
    /// Where the shopper signs in.
    pub at: Url,
    /// What the browser keeps, and nobody else sees.
    pub secret: String,
}

/// Why a sign-in came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It was not begun by who ends it.
    Unknown,
    /// The provider does not take the code, or no longer.
    Code,
    /// The provider does not take us: it knows no such client, or does not let it do this. Whoever runs this has to mend it.
    Client,
    /// What the provider says cannot be believed.
    Token(Refusal),
    /// The provider does not answer, or not as it should.
    Away,
}

/// Those who have accounts at a provider.
pub struct Accounts {
    client: settings::Client,
    trust: Trust,
    http: reqwest::Client,
    /// Once it has described itself.
    provider: RwLock<Option<Arc<Provider>>>,
    codes: Semaphore,
    opened_at: Instant,
}

impl Accounts {
    /// As configured; nobody, where nothing is. The provider may be away: it is looked for by [`Self::keep_current`].
    ///
    /// # Errors
    /// When the settings do not go together. The message names the setting.
    pub fn open(settings: &Settings, public_url: &PublicUrl, trust: &Trust) -> anyhow::Result<Option<Self>> {
        meter::register(meters::ALL);
        let Some(client) = settings.together(public_url)? else { return Ok(None) };
        let (http, codes, opened_at) = (source::client(trust)?, Semaphore::new(CODES_MAX), Instant::now());
        Ok(Some(Self { client, trust: trust.clone(), http, provider: RwLock::default(), codes, opened_at }))
    }

    /// Who says that somebody is who they are.
    pub fn issuer(&self) -> &str {
        &self.client.issuer
    }

    /// Whether shoppers find the pages over TLS: then what their browsers keep is for TLS alone.
    pub fn is_over_tls(&self) -> bool {
        self.client.back_to.scheme() == "https"
    }

    /// Begins a sign-in of somebody who comes from a sale, or from none.
    ///
    /// # Errors
    /// When the provider is not known yet.
    pub fn begin(&self, event: Option<EventId>) -> Result<Begun, Failure> {
        let provider = self.provider().ok_or(Failure::Away)?;
        let login = Login::new();
        let at = provider.sign_in_at(&login, login.state(event));
        Ok(Begun { at, secret: login.secret().to_owned() })
    }

    /// Ends a sign-in: who it was.
    ///
    /// # Errors
    /// When it was not begun by who ends it, the provider does not say who it was, or cannot be believed.
    pub async fn end(&self, secret: &str, state: &str, code: &str) -> Result<Account, Failure> {
        let login = Login::known(secret).filter(|login| login.began(state)).ok_or(Failure::Unknown)?;
        let provider = self.provider().ok_or(Failure::Away)?;
        let _permit = self.codes.try_acquire().map_err(|_| Failure::Away)?;
        provider.whom(&self.http, &login, code).await
    }

    /// Learns of the provider and its keys, and keeps both current, until shutdown.
    pub async fn keep_current(&self, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            let wait = match self.learn().await {
                Ok(()) => DOCUMENT_FRESH_FOR,
                Err(error) => {
                    tracing::warn!(error = format!("{error:#}"), "the OpenID provider does not describe itself");
                    retry::again("openid provider");
                    if self.provider().is_none() {
                        meters::KEYS_AGE.set(Whose::Provider, self.opened_at.elapsed().as_secs_f64());
                    }
                    AGAIN_AFTER
                }
            };
            // Not all doors at once.
            let wait = tokio::time::sleep(wait.mul_f64(rand::random_range(0.75..1.0)));
            let keys = async {
                match self.provider() {
                    Some(provider) => provider.customers.keep_current(shutdown.clone()).await,
                    None => shutdown.cancelled().await,
                }
            };
            tokio::select! {
                () = wait => {}
                () = keys => {}
            }
        }
    }

    /// Reads how the provider describes itself. What was read before stays until something else is read.
    async fn learn(&self) -> anyhow::Result<()> {
        let document = Document::read(&self.http, &self.client.issuer).await?;
        if self.provider().is_some_and(|provider| provider.is_as(&document)) {
            return Ok(());
        }
        let provider = Provider::open(document, &self.client, &self.trust).await?;
        *self.provider.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(provider));
        Ok(())
    }

    fn provider(&self) -> Option<Arc<Provider>> {
        self.provider.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
