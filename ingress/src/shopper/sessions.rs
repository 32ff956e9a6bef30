//! Sessions, which go on for as long as they are used, and the short-lived tokens for the WebSocket.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use sale::ids::ShopperId;
use serde::Serialize;
use session::Audience;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::auth::{Renewing, Shopper};
use crate::callers::Callers;
use crate::problems::{ApiError, PublicProblems, ShopperProblems};

/// Time to open the socket in.
const SOCKET_TICKET_S: u64 = 60;

/// A shopper's session.
#[derive(Serialize, ToSchema)]
pub(crate) struct Session {
    /// For `Authorization: Bearer`.
    token: String,
    /// Who the shopper is from now on.
    shopper_id: Uuid,
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

/// Start a session
#[utoipa::path(post, path = "/api/v1/sessions", tag = "sessions", security(()),
    responses((status = 201, body = Session), PublicProblems))]
pub(crate) async fn start(State(callers): State<Arc<Callers>>) -> Result<(StatusCode, Json<Session>), ApiError> {
    session(&callers, ShopperId(Uuid::now_v7()))
}

/// Renew a session
///
/// A new token for the same shopper, for the present one; also for one that ended up to 30 days ago. The present one
/// stays valid until its end.
#[utoipa::path(post, path = "/api/v1/sessions/renew", tag = "sessions",
    responses((status = 201, body = Session), ShopperProblems))]
pub(crate) async fn renew(
    State(callers): State<Arc<Callers>>,
    Renewing(shopper): Renewing,
) -> Result<(StatusCode, Json<Session>), ApiError> {
    session(&callers, shopper)
}

fn session(callers: &Callers, shopper: ShopperId) -> Result<(StatusCode, Json<Session>), ApiError> {
    let (now, valid_s) = (clock::now(), callers.session_lasts.as_secs());
    let token = callers.sessions.issue(shopper, Audience::Shop, now, valid_s).map_err(ApiError::internal)?;
    let expires_at_ms = now.plus_ms(valid_s * 1_000).0;
    let session = Session { token, shopper_id: shopper.0, server_time_ms: now.0, expires_at_ms };
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
    let token = callers.sessions.issue(shopper, Audience::Socket, now, SOCKET_TICKET_S).map_err(ApiError::internal)?;
    let expires_at_ms = now.plus_ms(SOCKET_TICKET_S * 1_000).0;
    Ok((StatusCode::CREATED, Json(SocketTicket { token, url: callers.socket_url(shopper).to_owned(), expires_at_ms })))
}
