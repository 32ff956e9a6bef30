//! Sessions, which go on for as long as they are used, and the short-lived tokens for the WebSocket.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use record::PgPool;
use sale::ids::{EventId, ShopperId};
use sale::participation::Identity;
use serde::{Deserialize, Serialize};
use session::{Audience, Family, Holder, Proof, Renewable};
use utoipa::ToSchema;
use uuid::Uuid;

use super::BYTES_MAX;
use super::sign_in::sign_in;
use crate::auth::{self, InSession, Renewing};
use crate::callers::Callers;
use crate::checks::Challenge;
use crate::extract::read_json_if_any;
use crate::problems::{ApiError, ChallengeProblems, Kind, RenewalProblems, ShopperProblems, SignInProblems};
use crate::reads::Reads;

/// Time to open the socket in.
const SOCKET_TICKET_S: u64 = 60;

/// A shopper's session.
#[derive(Serialize, ToSchema)]
pub(crate) struct Session {
    /// For `Authorization: Bearer`.
    token: String,
    /// Who the shopper is from now on.
    shopper_id: Uuid,
    /// By what it is known who they are: `guest`, `email` or `customer`.
    identity: &'static str,
    /// What the shop calls its customer; absent of everybody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<String>,
    /// Whether it shows the proof of work that sales may ask guests for, or more.
    is_proven: bool,
    /// Whether it shows that its guest has passed the hosted check that sales may ask for.
    is_checked: bool,
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
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SessionRequest {
    /// The shop's token for its customer: a JWT that the shop has signed. Without one, the session is a guest's.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 8192)]
    customer_token: Option<String>,
    /// The sale that a guest's session is for. If it asks for a proof of work or a hosted check, this says so at once, and not only
    /// when the shopper attempts something.
    #[serde(default)]
    event_id: Option<Uuid>,
    /// The solution of a challenge, as ALTCHA encodes it: of a guest, whom the challenge has named.
    #[serde(default)]
    #[schema(max_length = 4096)]
    proof: Option<String>,
    /// What the widget of the hosted check has given: of a guest, who is a shopper that follows from it. In place of `proof`.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 8192)]
    hosted_check: Option<String>,
}

/// How to go on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RenewalRequest {
    /// The solution of a challenge that was given to this session: from now on it shows that. Of who has signed in, nothing is
    /// asked.
    #[serde(default)]
    #[schema(max_length = 4096)]
    proof: Option<String>,
    /// What the widget of the hosted check has given: from now on the session shows that. In place of `proof`.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 8192)]
    hosted_check: Option<String>,
}

/// A challenge of ALTCHA's (proof of work v2): to find the counter with which the key that is derived from nonce and counter begins
/// as it should.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a type of a crate that knows no OpenAPI")]
pub(crate) struct ChallengeSchema {
    /// What to solve, as ALTCHA's solvers read it. Its `data` says for whom it is, and how often the least work is doubled.
    #[schema(value_type = Object)]
    parameters: serde_json::Value,
    /// Goes back with the solution.
    signature: String,
}

/// Start a session
///
/// A guest's, who is a new shopper; or that of a customer of the shop, who is the same shopper in every session.
#[utoipa::path(post, path = "/api/v1/sessions", tag = "sessions", security(()),
    request_body = Option<SessionRequest>, responses((status = 201, body = Session), SignInProblems))]
pub(crate) async fn start(
    State(callers): State<Arc<Callers>>,
    State(pool): State<PgPool>,
    State(reads): State<Arc<Reads>>,
    request: Request,
) -> Result<(StatusCode, Json<Session>), ApiError> {
    let (parts, body) = request.into_parts();
    let asked = read_json_if_any::<SessionRequest, _>(&parts.headers, body, BYTES_MAX).await?;
    let holder = match asked.as_ref().and_then(|asked| asked.customer_token.as_deref()) {
        Some(token) => {
            let address = callers.address(&parts.extensions, &parts.headers);
            sign_in(&callers, &pool, address, token).await?
        }
        None => {
            let address = callers.address(&parts.extensions, &parts.headers);
            guest(&callers, &reads, address, asked.unwrap_or_default()).await?
        }
    };
    session(&callers, holder)
}

/// A new shopper of whom nothing is known, but perhaps what they show.
async fn guest(callers: &Callers, reads: &Reads, address: IpAddr, asked: SessionRequest) -> Result<Holder, ApiError> {
    let shown = shown(callers, address, asked.proof.as_deref(), asked.hosted_check.as_deref(), None).await?;
    let holder = shown
        .unwrap_or_else(|| Holder { shopper: ShopperId(Uuid::now_v7()), proof: callers.checks.without_proof(address) });
    if let Some(event) = asked.event_id {
        let sale = reads.visible(EventId(event), clock::now())?;
        // Where guests take no part, this is somebody who is about to sign in.
        if sale.participation.admits(Identity::Guest) {
            callers.checks.admit(sale.check, holder.proof.shown())?;
        }
    }
    callers.checks.begun(address);
    Ok(holder)
}

/// A guest by what they show, if anything; a certain one, where there is a session already.
async fn shown(
    callers: &Callers,
    address: IpAddr,
    proof: Option<&str>,
    hosted_check: Option<&str>,
    by: Option<ShopperId>,
) -> Result<Option<Holder>, ApiError> {
    let holder = match (proof, hosted_check) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return Err(Kind::Invalid.because("proof, hosted_check: one of them")),
        (Some(proof), None) => Holder { shopper: callers.checks.solved(address, proof, by)?, proof: Proof::Work },
        (None, Some(token)) => {
            callers.guesses.may_be_checked(address)?;
            let passed = callers.checks.passed(address, token, by).await;
            let shopper = passed.inspect_err(|refused| {
                if refused.kind == Kind::HostedCheckWrong {
                    callers.guesses.unchecked(address);
                }
            })?;
            Holder { shopper, proof: Proof::Hosted }
        }
    };
    Ok(Some(holder))
}

/// A challenge for a proof of work
///
/// For sales that ask guests for one: for a new shopper; or with a session, for its shopper. It lasts five minutes.
#[utoipa::path(get, path = "/api/v1/sessions/challenge", tag = "sessions", security((), ("session" = [])),
    responses((status = 200, body = ChallengeSchema), ChallengeProblems))]
pub(crate) async fn challenge(
    State(callers): State<Arc<Callers>>,
    request: Request,
) -> Result<Json<Challenge>, ApiError> {
    let shopper = match request.headers().contains_key(header::AUTHORIZATION) {
        true => auth::session(&callers, request.headers())?.shopper,
        false => ShopperId(Uuid::now_v7()),
    };
    let address = callers.address(request.extensions(), request.headers());
    callers.checks.challenge(address, shopper).map(Json)
}

/// Renew a session
///
/// A new token for the same shopper, for the present one; also for one that ended up to 30 days ago. The present one
/// stays valid until its end.
#[utoipa::path(post, path = "/api/v1/sessions/renew", tag = "sessions",
    request_body = Option<RenewalRequest>, responses((status = 201, body = Session), RenewalProblems))]
pub(crate) async fn renew(
    State(callers): State<Arc<Callers>>,
    Renewing(Renewable { mut holder, family }): Renewing,
    request: Request,
) -> Result<(StatusCode, Json<Session>), ApiError> {
    let (parts, body) = request.into_parts();
    let asked = read_json_if_any::<RenewalRequest, _>(&parts.headers, body, BYTES_MAX).await?;
    if let Some(asked) = asked
        && holder.proof.identity() == Identity::Guest
    {
        let (address, by) = (callers.address(&parts.extensions, &parts.headers), Some(holder.shopper));
        let shown = shown(&callers, address, asked.proof.as_deref(), asked.hosted_check.as_deref(), by).await?;
        // Who shows less goes on showing what they did.
        holder = shown.filter(|_| holder.proof != Proof::Hosted).unwrap_or(holder);
    }
    token(&callers, holder, family)
}

/// A new session for somebody.
pub(super) fn session(callers: &Callers, holder: Holder) -> Result<(StatusCode, Json<Session>), ApiError> {
    token(callers, holder, Family::begin(clock::now()))
}

fn token(callers: &Callers, holder: Holder, family: Family) -> Result<(StatusCode, Json<Session>), ApiError> {
    let (now, valid_s) = (clock::now(), callers.session_lasts.as_secs());
    let token =
        callers.sessions.keys().issue_to(&holder, family, Audience::Shop, now, valid_s).map_err(ApiError::internal)?;
    let expires_at_ms = now.plus_ms(valid_s * 1_000).0;
    let session = Session {
        token,
        shopper_id: holder.shopper.0,
        identity: holder.proof.identity().word(),
        customer: holder.customer().map(str::to_owned),
        is_proven: matches!(holder.proof, Proof::Work | Proof::Hosted),
        is_checked: holder.proof == Proof::Hosted,
        server_time_ms: now.0,
        expires_at_ms,
    };
    Ok((StatusCode::CREATED, Json(session)))
}

/// A short-lived token for the WebSocket
#[utoipa::path(post, path = "/api/v1/socket-tickets", tag = "sessions",
    responses((status = 201, body = SocketTicket), ShopperProblems))]
pub(crate) async fn socket_ticket(
    State(callers): State<Arc<Callers>>,
    InSession(session): InSession,
) -> Result<(StatusCode, Json<SocketTicket>), ApiError> {
    let (now, shopper) = (clock::now(), session.shopper);
    let (keys, guest) = (callers.sessions.keys(), Holder::guest(shopper));
    let token = keys.issue_to(&guest, session.family, Audience::Socket, now, SOCKET_TICKET_S);
    let token = token.map_err(ApiError::internal)?;
    let expires_at_ms = now.plus_ms(SOCKET_TICKET_S * 1_000).0;
    Ok((StatusCode::CREATED, Json(SocketTicket { token, url: callers.socket_url(shopper).to_owned(), expires_at_ms })))
}
