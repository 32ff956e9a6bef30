//! The sandbox gateway: an HTTP process of its own that behaves like a payment gateway, well or badly, as the
//! card token asks for. It keeps everything in memory.

mod accounts;
mod bank;
mod behaviour;
mod webhooks;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use clap::Parser;
use secrecy::SecretString;
use serde::Deserialize;
use service::Observe;
use service::Service;
use service::http;
use service::problem::Problem;
use settings::secret_keys;
use tokio::net::TcpListener;

use crate::payments::gateway::{AuthorisationState, GatewayRefundState, RefundRequest, Wish};
use crate::signature::WebhookKeys;
use accounts::{Accounts, Action, Refused};
use behaviour::{Behaviour, PENDING_FOR};
use webhooks::Webhooks;

/// A payment gateway to try things with: holds no money, forgets everything when it ends.
///
/// The card token chooses how it behaves, and one that it does not know is declined: tok_ok (and what begins like it), tok_declined, tok_slow, tok_timeout, tok_twice,
/// tok_late_webhook, tok_bad_signature, tok_3ds, tok_pending, tok_pending_declined, tok_capture_fails, tok_hold_expires, tok_wrong_amount, tok_wrong_currency, tok_wrong_capture,
/// tok_refund_refused, tok_refund_pending, tok_refund_fails, tok_refund_comes_back, tok_wrong_refund.
#[derive(Debug, Parser)]
#[command(name = "sandbox-gateway", version)]
pub struct Config {
    #[command(flatten)]
    tls: tls::Settings,
    #[command(flatten)]
    observe: Observe,
    /// Where the gateway is served
    #[arg(long = "gateway-listen", env = "FLASHLINE_GATEWAY_LISTEN", default_value = "127.0.0.1:8083")]
    listen: SocketAddr,
    /// Where shoppers reach the gateway, for what a bank asks them; without it, where it is served
    #[arg(long = "gateway-public-url", env = "FLASHLINE_GATEWAY_PUBLIC_URL")]
    public_url: Option<String>,
    /// Where webhooks are sent
    #[arg(long, env = "FLASHLINE_WEBHOOK_URL", default_value = "http://127.0.0.1:8082/webhooks/sandbox")]
    webhook_url: String,
    /// Secrets that webhooks are signed with, separated by commas; the first signs
    #[arg(long, env = "FLASHLINE_WEBHOOK_KEYS", hide_env_values = true, value_parser = secret_keys)]
    webhook_keys: SecretString,
}

#[derive(Clone)]
struct Sandbox {
    accounts: Arc<Accounts>,
    webhooks: Webhooks,
    public_url: Arc<str>,
}

/// Runs the gateway until it is told to stop.
///
/// # Errors
/// When it cannot start.
pub async fn run(config: Config) -> anyhow::Result<()> {
    let mut service = Service::start("sandbox-gateway", &config.observe, &config.tls.load()?).await?;
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("FLASHLINE_GATEWAY_LISTEN: cannot listen on {}", config.listen))?;
    let (webhooks, send) =
        Webhooks::new(config.webhook_url, WebhookKeys::new(&config.webhook_keys), service.shutdown())?;
    service.spawn("webhooks", send);
    let public_url = config.public_url.unwrap_or_else(|| format!("http://{}", config.listen)).into();
    let router = router(Sandbox { accounts: Arc::default(), webhooks, public_url });
    service.spawn("gateway", http::serve(listener, router, http::Limits::default(), service.shutdown()));
    service.run().await
}

fn router(sandbox: Sandbox) -> Router {
    Router::new()
        .route("/v1/authorisations", post(open).get(list))
        .route("/v1/authorisations/{id}", get(show))
        .route("/v1/authorisations/{id}/authorise", post(authorise))
        .route("/v1/authorisations/{id}/{action}", post(act))
        .route("/v1/refunds", post(refund))
        .route("/v1/refunds/{id}", get(show_refund))
        .route("/v1/changes", get(changes))
        .route("/bank/{id}", get(bank::ask).post(bank::answer))
        .layer(DefaultBodyLimit::max(16 * 1024))
        .with_state(sandbox)
}

async fn open(State(sandbox): State<Sandbox>, headers: HeaderMap, Json(wish): Json<Wish>) -> Response {
    let Some(key) = key(&headers) else { return no_key() };
    let behaviour = Behaviour::of(&wish.card_token);
    sandbox.accounts.open(&key, wish, behaviour).map(Json).into_response()
}

async fn authorise(State(sandbox): State<Sandbox>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    if key(&headers).is_none() {
        return no_key();
    }
    let ask_at = format!("{}/bank/{id}", sandbox.public_url);
    let (answer, behaviour, fresh) = match sandbox.accounts.authorise(&id, ask_at) {
        Ok(answered) => answered,
        Err(why) => return why.into_response(),
    };
    if fresh && answer.state == AuthorisationState::Pending {
        let sandbox = sandbox.clone();
        tokio::spawn(async move {
            tokio::time::sleep(PENDING_FOR).await;
            let said = sandbox.accounts.bank_says(&id, behaviour == Behaviour::AnswersLater);
            if let Some((answered, ..)) = said {
                sandbox.webhooks.announce(&answered, behaviour);
            }
        });
    } else if fresh {
        sandbox.webhooks.announce(&answer, behaviour);
    }
    // The deed is done; only its answer is slow, or lost.
    behaviour.delay_answer(fresh).await;
    Json(answer).into_response()
}

async fn act(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    Path((id, action)): Path<(String, Action)>,
) -> Response {
    if key(&headers).is_none() {
        return no_key();
    }
    match sandbox.accounts.act(&id, action) {
        Ok((answer, behaviour, fresh)) => {
            if fresh {
                sandbox.webhooks.announce(&answer, behaviour);
            }
            behaviour.delay_answer(fresh).await;
            Json(answer).into_response()
        }
        Err(why) => why.into_response(),
    }
}

async fn refund(State(sandbox): State<Sandbox>, headers: HeaderMap, Json(wish): Json<RefundRequest>) -> Response {
    let Some(key) = key(&headers) else { return no_key() };
    let authorisation = wish.authorisation.clone();
    match sandbox.accounts.refund(&key, wish) {
        Ok((answer, behaviour, fresh)) => {
            if fresh {
                let (id, is_pending) = (answer.id.clone(), answer.state == GatewayRefundState::Pending);
                tokio::spawn(async move {
                    if is_pending || behaviour == Behaviour::FailsToRefundAfterAll {
                        tokio::time::sleep(PENDING_FOR).await;
                        sandbox.accounts.end_refund(&id);
                    }
                    if let Some(about) = sandbox.accounts.get(&authorisation) {
                        sandbox.webhooks.announce(&about, behaviour);
                    }
                });
            }
            behaviour.delay_answer(fresh).await;
            Json(answer).into_response()
        }
        Err(why) => why.into_response(),
    }
}

async fn show(State(sandbox): State<Sandbox>, Path(id): Path<String>) -> Response {
    sandbox.accounts.get(&id).map_or_else(|| Refused::Unknown.into_response(), |found| Json(found).into_response())
}

async fn show_refund(State(sandbox): State<Sandbox>, Path(id): Path<String>) -> Response {
    sandbox
        .accounts
        .get_refund(&id)
        .map_or_else(|| Refused::Unknown.into_response(), |found| Json(found).into_response())
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Refused::Unknown => {
                Problem::new(StatusCode::NOT_FOUND, "not_found", "No such authorisation or refund").into_response()
            }
            Refused::Impossible(why) => {
                let title = "Not possible in this state";
                Problem::new(StatusCode::CONFLICT, "not_possible", title).detail(why).into_response()
            }
        }
    }
}

#[derive(Deserialize)]
struct Since {
    #[serde(default)]
    since: usize,
}

async fn changes(State(sandbox): State<Sandbox>, Query(Since { since }): Query<Since>) -> Response {
    Json(sandbox.accounts.changes(since)).into_response()
}

async fn list(State(sandbox): State<Sandbox>) -> Response {
    Json(sandbox.accounts.all()).into_response()
}

fn key(headers: &HeaderMap) -> Option<String> {
    headers.get("idempotency-key")?.to_str().ok().map(str::to_owned)
}

fn no_key() -> Response {
    Problem::new(StatusCode::BAD_REQUEST, "no_key", "An Idempotency-Key is needed").into_response()
}
