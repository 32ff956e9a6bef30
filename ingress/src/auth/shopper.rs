//! Shoppers, by session token.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use sale::ids::ShopperId;
use session::{Family, Renewable, Session, TokenError};

use super::bearer::bearer;
use crate::callers::Callers;
use crate::problems::{ApiError, Kind};

/// Checks the session token, that its session was not ended, and the rate limit of the shopper.
pub(crate) fn session(callers: &Callers, headers: &HeaderMap) -> Result<Session, ApiError> {
    let token = bearer(headers)?;
    let session = callers.sessions.session(token).or_else(|error| {
        // One that has expired and was ended cannot be renewed.
        if let Ok(expired) = callers.sessions.keys().renewable(token) {
            goes_on(callers, expired.holder.shopper, expired.family)?;
        }
        Err(refused(error))
    })?;
    goes_on(callers, session.shopper, session.family)?;
    callers.rates.shopper(session.shopper)?;
    Ok(session)
}

fn refused(error: TokenError) -> ApiError {
    match error {
        TokenError::Expired => Kind::TokenExpired
            .because("POST /api/v1/sessions/renew takes it for 30 days; POST /api/v1/sessions starts anew"),
        TokenError::Invalid => Kind::Unauthorized.because("this is no session token of ours"),
    }
}

/// Fails for a session that was ended, at this door or another.
fn goes_on(callers: &Callers, shopper: ShopperId, session: Family) -> Result<(), ApiError> {
    match callers.ended.has(shopper, session) {
        Ok(false) => Ok(()),
        Ok(true) => Err(signed_out()),
        Err(unknown) => Err(Kind::Unavailable.because(unknown.to_string()).retry_after_s(1)),
    }
}

/// What a session that was ended is told.
pub(crate) fn signed_out() -> ApiError {
    Kind::SessionEnded.because("somebody has signed out; POST /api/v1/sessions starts anew")
}

fn renewable(callers: &Callers, headers: &HeaderMap) -> Result<Renewable, ApiError> {
    let session = callers.sessions.keys().renewable(bearer(headers)?).map_err(refused)?;
    callers.rates.shopper(session.holder.shopper)?;
    Ok(session)
}

/// Makes an extractor of a function that reads the headers.
macro_rules! extractor {
    ($(#[$doc:meta])* $name:ident($inner:ty) = $read:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub(crate) struct $name(pub(crate) $inner);

        impl<S> FromRequestParts<S> for $name
        where
            S: Send + Sync,
            Arc<Callers>: FromRef<S>,
        {
            type Rejection = ApiError;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
                let read: fn(&Callers, &HeaderMap) -> Result<$inner, ApiError> = $read;
                read(&Arc::<Callers>::from_ref(state), &parts.headers).map(Self)
            }
        }
    };
}

extractor! {
    /// An authenticated shopper, within the rate limits.
    Shopper(ShopperId) = |callers, headers| session(callers, headers).map(|session| session.shopper)
}
extractor! {
    /// The same, with the session that they ask by.
    InSession(Session) = session
}
extractor! {
    /// Whose session goes on, also one whose token expired not long ago; within the rate limit.
    Renewing(Renewable) = |callers, headers| {
        let session = renewable(callers, headers)?;
        goes_on(callers, session.holder.shopper, session.family)?;
        Ok(session)
    }
}
extractor! {
    /// Whose session is to be ended, also one whose token expired not long ago, or that was ended before; within the rate limit.
    Leaving(Renewable) = renewable
}
