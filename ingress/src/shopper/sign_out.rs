//! Sessions are ended: one, with all its renewals, or all of a shopper. What the shopper has stays theirs.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use ended::EndError;
use record::PgPool;
use record::sessions::Ended;
use session::Family;

use crate::auth::{Leaving, Renewing};
use crate::callers::Callers;
use crate::meters::{SIGN_OUTS, SignOut};
use crate::problems::{ApiError, Kind, SignOutOfAllProblems, SignOutProblems};

/// Before it is sensible to try again where no more sessions can be ended, in seconds.
const FULL_AGAIN_S: u32 = 3_600;

/// End a session
///
/// The one whose token asks, with all its renewals and socket tickets: no door takes them any more, about a second later; its
/// sockets are closed, and its browser gets no more messages by Web Push. Also by a token that expired up to 30 days ago. What the
/// shopper has stays theirs. Asking again changes nothing.
#[utoipa::path(delete, path = "/api/v1/sessions/current", tag = "sessions",
    responses((status = 204), SignOutProblems))]
pub(crate) async fn current(
    State(callers): State<Arc<Callers>>,
    State(pool): State<PgPool>,
    Leaving(session): Leaving,
    request: Request,
) -> Result<StatusCode, ApiError> {
    let (shopper, family) = (session.holder.shopper, session.family);
    if callers.ended.has(shopper, family) == Ok(true) {
        return Ok(StatusCode::NO_CONTENT);
    }
    callers.sign_outs.one(callers.address(request.extensions(), request.headers()))?;
    end(&callers, &pool, Ended::One(shopper, family.id), family, SignOut::Session).await
}

/// End all sessions of a shopper
///
/// On every device: all that have begun by now, as if each was ended by itself. Whoever signs in again has a new one.
#[utoipa::path(delete, path = "/api/v1/sessions", tag = "sessions",
    responses((status = 204), SignOutOfAllProblems))]
pub(crate) async fn all(
    State(callers): State<Arc<Callers>>,
    State(pool): State<PgPool>,
    Renewing(session): Renewing,
    request: Request,
) -> Result<StatusCode, ApiError> {
    callers.sign_outs.one(callers.address(request.extensions(), request.headers()))?;
    end(&callers, &pool, Ended::All(session.holder.shopper), session.family, SignOut::All).await
}

async fn end(
    callers: &Callers,
    pool: &PgPool,
    what: Ended,
    asking: Family,
    counted: SignOut,
) -> Result<StatusCode, ApiError> {
    callers.ended.end(pool, what, asking).await.map_err(|error| match error {
        EndError::Record(error) => error.into(),
        EndError::Full => {
            tracing::error!("no more sessions can be ended: {error}");
            Kind::Unavailable.because(error.to_string()).retry_after_s(FULL_AGAIN_S)
        }
    })?;
    SIGN_OUTS.one(counted);
    Ok(StatusCode::NO_CONTENT)
}
