//! Webhooks of the gateway. They come late, twice, out of order, or forged: so a webhook is only a hint to
//! look at the payment now, and the gateway itself is asked what is true.

use anyhow::Context;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Deserialize;
use sqlx::PgPool;
use tokio::net::TcpListener;
use uuid::Uuid;
use wiring::problem::Problem;
use wiring::service::Service;
use wiring::{clock, http};

use crate::signature::{HEADER, Keys, SignatureError};
use crate::{Config, meters};

const BODY_BYTES_MAX: usize = 16 * 1024;

/// What a webhook says, as far as it matters.
#[derive(Deserialize)]
struct Webhook {
    /// The gateway's id of this message, the same when it is sent again.
    id: String,
    /// Our payment.
    reference: Uuid,
}

/// Starts to receive webhooks.
pub(crate) async fn spawn(service: &mut Service, config: &Config, pool: PgPool) -> anyhow::Result<()> {
    let listener = TcpListener::bind(config.webhook_listen)
        .await
        .with_context(|| format!("FLASHLINE_WEBHOOK_LISTEN: cannot listen on {}", config.webhook_listen))?;
    tracing::info!(at = %listener.local_addr()?, "receiving webhooks");
    let router = router(pool, Keys::new(&config.webhook_keys));
    let limits = http::Limits { connections_max: 1_000, ..http::Limits::default() };
    service.spawn("webhooks", http::serve(listener, router, limits, service.shutdown()));
    Ok(())
}

fn router(pool: PgPool, keys: Keys) -> Router {
    let not_found = || async { Problem::new(StatusCode::NOT_FOUND, "not_found", "There is nothing here") };
    let wrong_method =
        || async { Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Webhooks are posted") };
    Router::new()
        .route("/webhooks/sandbox", post(receive).fallback(wrong_method))
        .fallback(not_found)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state((pool, keys))
}

async fn receive(
    State((pool, keys)): State<(PgPool, Keys)>,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            return refuse("too_large", StatusCode::PAYLOAD_TOO_LARGE, format!("at most {BODY_BYTES_MAX} bytes"));
        }
        Err(rejection) => return refuse("malformed", StatusCode::BAD_REQUEST, rejection.body_text()),
    };
    let signature = headers.get(HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if let Err(error) = keys.verify(signature, &body, clock::now()) {
        let kind = match error {
            SignatureError::Malformed => "malformed_signature",
            SignatureError::Stale => "stale_signature",
            SignatureError::Wrong => "bad_signature",
        };
        return refuse(kind, StatusCode::UNAUTHORIZED, error.to_string());
    }
    let webhook: Webhook = match serde_json::from_slice(&body) {
        Ok(webhook) => webhook,
        Err(error) => return refuse("malformed", StatusCode::BAD_REQUEST, error.to_string()),
    };
    match take(&pool, &webhook).await {
        Ok(fresh) => {
            let seen = if fresh { "fresh" } else { "repeated" };
            meters::WEBHOOKS.one(seen);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => {
            meters::WEBHOOKS.one("unavailable");
            tracing::warn!(%error, "webhook not taken, the gateway will send it again");
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The webhook cannot be taken now")
                .retry_after_s(5)
                .into_response()
        }
    }
}

/// Makes the payment due now, once for each webhook.
async fn take(pool: &PgPool, webhook: &Webhook) -> sqlx::Result<bool> {
    let mut transaction = pool.begin().await?;
    let fresh = sqlx::query!(
        "INSERT INTO webhook_receipts (gateway_event_id) VALUES ($1) ON CONFLICT (gateway_event_id) DO NOTHING",
        webhook.id
    )
    .execute(&mut *transaction)
    .await?
    .rows_affected()
        == 1;
    if fresh {
        // Not while somebody is just working on it. (It would be harmless, but every webhook would cost a call.)
        sqlx::query!(
            "UPDATE payments SET next_try_at = now()
             WHERE id = $1 AND state IN ('authorising', 'capturing', 'voiding') AND updated_at < now() - interval '1 second'",
            webhook.reference
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!("SELECT pg_notify('payments', '')").execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(fresh)
}

fn refuse(kind: &'static str, status: StatusCode, detail: String) -> Response {
    meters::WEBHOOKS.one(kind);
    Problem::new(status, kind, "The webhook is refused").detail(detail).into_response()
}
