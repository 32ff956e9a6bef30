//! Webhooks of the gateways. They come late, twice, out of order, or forged: so a webhook is only a hint to
//! look at the payment now, and the gateway itself is asked what is true. Payments go on without any; so this
//! door may turn webhooks away, and must not take from payments what they need.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use meter::Label;
use record::PgPool;
use record::webhooks::About;
use sale::gateway::GatewayKind;
use serde::Deserialize;
use service::Service;
use service::address::{AddressKey, Network, client_address};
use service::http;
use service::http::Peer;
use service::problem::Problem;
use service::rate::Buckets;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::Config;
use crate::meters::{self, WebhookFate};
use crate::payments::access;
use crate::payments::stripe::event::Event;
use crate::signature::{HEADER, SignatureError, Signed, WebhookKeys};

/// Stripe's events carry a whole object, with up to 25 KiB of what others have written at it.
const BODY_BYTES_MAX: usize = 128 * 1024;
/// How long a body may take to arrive.
const ARRIVES_WITHIN: Duration = Duration::from_secs(5);
const CONNECTIONS_MAX: usize = 1_000;
/// Of one address; a gateway comes from few.
const CONNECTIONS_OF_ADDRESS_MAX: u32 = 250;
/// Webhooks that may be in the database at once: the other connections are for payments.
const TAKEN_AT_ONCE: usize = 2;
/// How long a webhook waits for that.
const TAKEN_WITHIN: Duration = Duration::from_secs(2);
/// How often buckets that are full again are forgotten.
const PURGE_EVERY: Duration = Duration::from_secs(5);
/// When the gateway is asked to come again, in seconds.
const AGAIN_AFTER_S: u32 = 5;

/// What a webhook says, as far as it matters.
struct Webhook {
    /// The gateway's id of this message, the same when it is sent again.
    id: String,
    about: About,
}

/// A gateway that sends webhooks: to `/webhooks/` and its word.
#[derive(Clone)]
struct Sender {
    kind: GatewayKind,
    /// Carries the signature.
    header: &'static str,
    keys: WebhookKeys,
    read: fn(&[u8]) -> Result<Webhook, serde_json::Error>,
}

impl Sender {
    fn all(access: &access::Settings) -> Vec<Self> {
        let sandbox = access.webhook_keys.as_ref().map(|keys| Self {
            kind: GatewayKind::Sandbox,
            header: HEADER,
            keys: WebhookKeys::new(keys),
            read: of_sandbox,
        });
        let stripe = access.stripe_webhook_keys.as_ref().map(|keys| Self {
            kind: GatewayKind::Stripe,
            header: "stripe-signature",
            keys: WebhookKeys::new(keys),
            read: of_stripe,
        });
        sandbox.into_iter().chain(stripe).collect()
    }
}

fn of_sandbox(body: &[u8]) -> Result<Webhook, serde_json::Error> {
    #[derive(Deserialize)]
    struct Sent {
        id: String,
        /// Our payment.
        reference: Uuid,
    }
    let Sent { id, reference } = serde_json::from_slice(body)?;
    Ok(Webhook { id, about: About::Payment(reference) })
}

fn of_stripe(body: &[u8]) -> Result<Webhook, serde_json::Error> {
    let event: Event = serde_json::from_slice(body)?;
    Ok(Webhook { id: event.id.clone(), about: event.about() })
}

/// What every webhook is held against.
struct Receiver {
    pool: PgPool,
    taking: Arc<Semaphore>,
    rates: Buckets<AddressKey>,
    trusted_proxies: Vec<Network>,
}

/// Starts to receive webhooks.
pub(crate) async fn spawn(service: &mut Service, config: &Config, pool: PgPool) -> anyhow::Result<()> {
    let listener = TcpListener::bind(config.webhook_listen)
        .await
        .with_context(|| format!("FLASHLINE_WEBHOOK_LISTEN: cannot listen on {}", config.webhook_listen))?;
    tracing::info!(at = %listener.local_addr()?, "receiving webhooks");
    let receiver = Arc::new(Receiver {
        pool,
        taking: Arc::new(Semaphore::new(TAKEN_AT_ONCE)),
        rates: Buckets::new(config.limit_webhooks),
        trusted_proxies: config.trusted_proxies.clone(),
    });
    let limits = http::Limits { connections_max: CONNECTIONS_MAX, ..http::Limits::default() };
    let crowding = http::Crowding::new(CONNECTIONS_OF_ADDRESS_MAX, config.trusted_proxies.clone());
    let senders = Sender::all(&config.gateways);
    let (router, readiness) = (router(&receiver, senders), service.readiness());
    service.spawn("webhooks", http::serve_crowd(listener, router, limits, crowding, readiness, service.shutdown()));
    service.spawn("webhook limits", keep_small(receiver, service.shutdown()));
    Ok(())
}

/// Forgets buckets that are full again, from time to time, until shutdown.
async fn keep_small(receiver: Arc<Receiver>, shutdown: CancellationToken) -> anyhow::Result<()> {
    while tokio::time::timeout(PURGE_EVERY, shutdown.cancelled()).await.is_err() {
        receiver.rates.purge();
    }
    Ok(())
}

fn router(receiver: &Arc<Receiver>, senders: Vec<Sender>) -> Router {
    let not_found = || async { Problem::new(StatusCode::NOT_FOUND, "not_found", "There is nothing here") };
    let wrong_method =
        || async { Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Webhooks are posted") };
    let routes = senders.into_iter().fold(Router::new(), |router, sender| {
        let path = format!("/webhooks/{}", sender.kind);
        router.route(&path, post(receive).fallback(wrong_method).with_state((Arc::clone(receiver), sender)))
    });
    routes.fallback(not_found)
}

/// From what costs least to what costs most: the bucket, the header, the body, the signature, the database.
async fn receive(
    State((receiver, sender)): State<(Arc<Receiver>, Sender)>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match check(&receiver, &sender, peer, &headers, body).await {
        Ok(webhook) => answer(&receiver, sender.kind, webhook).await,
        Err(refused) => {
            meters::WEBHOOKS.one(refused.kind);
            let mut problem =
                Problem::new(refused.status, refused.kind.word(), "The webhook is refused").detail(refused.detail);
            if let Some(seconds) = refused.again_after_s {
                problem = problem.retry_after_s(seconds);
            }
            problem.into_response()
        }
    }
}

struct Refused {
    kind: WebhookFate,
    status: StatusCode,
    detail: String,
    again_after_s: Option<u32>,
}

impl Refused {
    fn new(kind: WebhookFate, status: StatusCode, detail: impl ToString) -> Self {
        Self { kind, status, detail: detail.to_string(), again_after_s: None }
    }
}

impl From<SignatureError> for Refused {
    fn from(error: SignatureError) -> Self {
        let kind = match error {
            SignatureError::Malformed => WebhookFate::MalformedSignature,
            SignatureError::Stale => WebhookFate::StaleSignature,
            SignatureError::Wrong => WebhookFate::BadSignature,
        };
        Self::new(kind, StatusCode::UNAUTHORIZED, error)
    }
}

async fn check(
    receiver: &Receiver,
    sender: &Sender,
    peer: SocketAddr,
    headers: &HeaderMap,
    body: Body,
) -> Result<Webhook, Refused> {
    let address = client_address(Some(peer), headers, &receiver.trusted_proxies);
    receiver.rates.take(&address.into()).map_err(|seconds| Refused {
        again_after_s: Some(seconds),
        ..Refused::new(WebhookFate::RateLimited, StatusCode::TOO_MANY_REQUESTS, "too many webhooks of this address")
    })?;
    // None, or one that is no text, is as malformed as an empty one.
    let header = headers.get(sender.header).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let signed = Signed::read(header, clock::now())?;
    let arriving = Limited::new(body, BODY_BYTES_MAX).collect();
    let body = match tokio::time::timeout(ARRIVES_WITHIN, arriving).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            let detail = format!("at most {BODY_BYTES_MAX} bytes");
            return Err(Refused::new(WebhookFate::TooLarge, StatusCode::PAYLOAD_TOO_LARGE, detail));
        }
        Ok(Err(error)) => return Err(malformed(error)),
        Err(_) => {
            let detail = format!("the body did not arrive within {} s", ARRIVES_WITHIN.as_secs());
            return Err(Refused::new(WebhookFate::RequestTimeout, StatusCode::REQUEST_TIMEOUT, detail));
        }
    };
    sender.keys.verify(&signed, &body)?;
    let webhook = (sender.read)(&body).map_err(malformed)?;
    // PostgreSQL takes no other.
    if webhook.id.is_empty() || webhook.id.contains('\0') {
        return Err(malformed("id: a text without NUL"));
    }
    Ok(webhook)
}

fn malformed(why: impl fmt::Display) -> Refused {
    Refused::new(WebhookFate::Malformed, StatusCode::BAD_REQUEST, why)
}

async fn answer(receiver: &Receiver, gateway: GatewayKind, webhook: Webhook) -> Response {
    let unavailable = || {
        meters::WEBHOOKS.one(WebhookFate::Unavailable);
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The webhook cannot be taken now")
            .retry_after_s(AGAIN_AFTER_S)
            .into_response()
    };
    let taking = Arc::clone(&receiver.taking).acquire_owned();
    let Ok(Ok(taking)) = tokio::time::timeout(TAKEN_WITHIN, taking).await else {
        return unavailable();
    };
    // As a task of its own: a gateway that goes away must not cancel the beginning of a transaction half-way, which
    // poisons the connection.
    let pool = receiver.pool.clone();
    let taken = tokio::spawn(async move {
        let fresh = record::webhooks::take(&pool, gateway, &webhook.id, &webhook.about).await;
        drop(taking);
        fresh
    });
    match taken.await.map_err(|died| record::Error::Protocol(died.to_string())).flatten() {
        Ok(fresh) => {
            let seen = if fresh { WebhookFate::Fresh } else { WebhookFate::Repeated };
            meters::WEBHOOKS.one(seen);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => {
            tracing::warn!(%error, "webhook not taken, the gateway will send it again");
            unavailable()
        }
    }
}
