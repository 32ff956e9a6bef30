//! What every alternative does before it sells, as Flashline's door does: token, validation, rate limits.

use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU32;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::post;
use axum::{Json, Router};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use sale::ids::ShopperId;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use session::{KnownSessions, SessionKeys};

/// The same request as Flashline's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AttemptRequest {
    pub(super) sku: String,
    pub(super) quantity: u32,
}

/// An admitted attempt.
pub(super) struct Attempt {
    pub(super) shopper: ShopperId,
    /// The `Idempotency-Key`.
    pub(super) key: String,
    pub(super) quantity: u32,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    Reserved,
    LimitReached,
    SoldOut,
}

impl Verdict {
    /// From the word that scripts and statements answer with.
    pub(super) fn from_word(word: &str) -> anyhow::Result<Self> {
        match word {
            "reserved" => Ok(Verdict::Reserved),
            "limit_reached" => Ok(Verdict::LimitReached),
            "sold_out" => Ok(Verdict::SoldOut),
            _ => anyhow::bail!("unknown answer {word}"),
        }
    }
}

/// A way of selling.
pub(super) trait Seller: Send + Sync + 'static {
    fn sell(&self, attempt: Attempt) -> impl Future<Output = anyhow::Result<Verdict>> + Send;
}

pub(super) struct Gate {
    sessions: KnownSessions,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    shoppers: DefaultKeyedRateLimiter<ShopperId>,
}

#[derive(Serialize)]
struct Answer {
    state: Verdict,
}

impl Gate {
    pub(super) fn new(session_keys: &str) -> anyhow::Result<Self> {
        let plenty = Quota::per_second(NonZeroU32::new(1_000_000).unwrap_or(NonZeroU32::MIN));
        Ok(Self {
            sessions: KnownSessions::new(
                SessionKeys::parse(&SecretString::from(session_keys)).map_err(anyhow::Error::msg)?,
            ),
            addresses: RateLimiter::dashmap(plenty),
            shoppers: RateLimiter::dashmap(plenty),
        })
    }

    pub(super) fn before<S: Seller>(self, seller: S) -> Router {
        let shop = Arc::new((self, seller));
        Router::new().route("/api/v1/sales/{event}/attempts", post(sell::<S>)).with_state(shop)
    }

    fn admit(&self, headers: &HeaderMap, body: &[u8]) -> Result<Attempt, StatusCode> {
        let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        self.addresses.check_key(&address).map_err(|_| StatusCode::TOO_MANY_REQUESTS)?;
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let token = text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        let shopper = self.sessions.whose(token.unwrap_or_default());
        let shopper = shopper.map_err(|_| StatusCode::UNAUTHORIZED)?;
        self.shoppers.check_key(&shopper).map_err(|_| StatusCode::TOO_MANY_REQUESTS)?;
        let key = text(header::HeaderName::from_static("idempotency-key")).ok_or(StatusCode::BAD_REQUEST)?;
        let asked: AttemptRequest = serde_json::from_slice(body).map_err(|_| StatusCode::BAD_REQUEST)?;
        if asked.sku.is_empty() || !(1..=1_000).contains(&asked.quantity) {
            return Err(StatusCode::UNPROCESSABLE_ENTITY);
        }
        Ok(Attempt { shopper, key: key.to_owned(), quantity: asked.quantity })
    }
}

async fn sell<S: Seller>(
    State(shop): State<Arc<(Gate, S)>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Answer>, StatusCode> {
    let attempt = shop.0.admit(&headers, &body)?;
    // The run reports refusals by their status; a run with any is looked into.
    let state = shop.1.sell(attempt).await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(Json(Answer { state }))
}
