//! Sessions, which go on for as long as they are used, and the short-lived tokens for the WebSocket.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use record::PgPool;
use sale::ids::ShopperId;
use serde::{Deserialize, Serialize};
use session::{Audience, Holder};
use utoipa::ToSchema;
use uuid::Uuid;

use super::BYTES_MAX;
use super::sign_in::sign_in;
use crate::auth::{Renewing, Shopper};
use crate::callers::Callers;
use crate::extract::read_json_if_any;
use crate::problems::{ApiError, ShopperProblems, SignInProblems};

/// Time to open the socket in.
const SOCKET_TICKET_S: u64 = 60;

/// A shopper's session.
#[derive(Serialize, ToSchema)]
pub(crate) struct Session {
    /// For `Authorization: Bearer`.
    token: String,
    /// Who the shopper is from now on.
    shopper_id: Uuid,
    /// What the shop calls its customer; absent of a guest.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<String>,
    /// This server's clock, Unix ms.
    server_time_ms: u64,
    /// Unix ms. Renew it before; a renewal is accepted for 30 days after.
    expires_at_ms: u64,
}

/// A token for the WebSocket.
#[derive(Serialize, ToSchema)]
pub(crate) struct SocketTicket {
    /// For the first message.
    token: String,
    /// Where to connect.
    url: String,
    /// Unix ms.
    expires_at_ms: u64,
}

/// How to begin.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SessionRequest {
    /// The shop's token for its customer: a JWT that the shop has signed. Without one, the session is a guest's.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 8192)]
    customer_token: Option<String>,
}

/// Start a session
///
/// A guest's, who is a new shopper; or that of a customer of the shop, who is the same shopper in every session.
#[utoipa::path(post, path = "/api/v1/sessions", tag = "sessions", security(()),
    request_body = Option<SessionRequest>, responses((status = 201, body = Session), SignInProblems))]
pub(crate) async fn start(
    State(callers): State<Arc<Callers>>,
    State(pool): State<PgPool>,
    request: Request,
) -> Result<(StatusCode, Json<Session>), ApiError> {
    let (parts, body) = request.into_parts();
    let asked = read_json_if_any::<SessionRequest, _>(&parts.headers, body, BYTES_MAX).await?;
    let holder = match asked.and_then(|asked| asked.customer_token) {
        Some(token) => {
            let address = callers.address(&parts.extensions, &parts.headers);
            sign_in(&callers, &pool, address, &token).await?
        }
        None => Holder { shopper: ShopperId(Uuid::now_v7()), customer: None },
    };
    session(&callers, holder)
}

/// Renew a session
///
/// A new token for the same shopper, for the present one; also for one that ended up to 30 days ago. The present one
/// stays valid until its end.
#[utoipa::path(post, path = "/api/v1/sessions/renew", tag = "sessions",
    responses((status = 201, body = Session), ShopperProblems))]
pub(crate) async fn renew(
    State(callers): State<Arc<Callers>>,
    Renewing(holder): Renewing,
) -> Result<(StatusCode, Json<Session>), ApiError> {
    session(&callers, holder)
}

fn session(callers: &Callers, holder: Holder) -> Result<(StatusCode, Json<Session>), ApiError> {
    let (now, valid_s) = (clock::now(), callers.session_lasts.as_secs());
    let token = callers.sessions.keys().issue_to(&holder, Audience::Shop, now, valid_s).map_err(ApiError::internal)?;
    let expires_at_ms = now.plus_ms(valid_s * 1_000).0;
    let Holder { shopper, customer } = holder;
    let session = Session { token, shopper_id: shopper.0, customer, server_time_ms: now.0, expires_at_ms };
    Ok((StatusCode::CREATED, Json(session)))
}

/// A short-lived token for the WebSocket
#[utoipa::path(post, path = "/api/v1/socket-tickets", tag = "sessions",
    responses((status = 201, body = SocketTicket), ShopperProblems))]
pub(crate) async fn socket_ticket(
    State(callers): State<Arc<Callers>>,
    Shopper(shopper): Shopper,
) -> Result<(StatusCode, Json<SocketTicket>), ApiError> {
    let now = clock::now();
    let token =
        callers.sessions.keys().issue(shopper, Audience::Socket, now, SOCKET_TICKET_S).map_err(ApiError::internal)?;
    let expires_at_ms = now.plus_ms(SOCKET_TICKET_S * 1_000).0;
    Ok((StatusCode::CREATED, Json(SocketTicket { token, url: callers.socket_url(shopper).to_owned(), expires_at_ms })))
}
