//! Shoppers, by session token.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use sale::ids::ShopperId;
use session::{Holder, TokenError};

use super::bearer::bearer;
use crate::callers::Callers;
use crate::problems::{ApiError, Kind};

/// An authenticated shopper, within the rate limits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shopper(pub(crate) ShopperId);

/// Checks the session token and the rate limit of the shopper.
pub(crate) fn shopper(callers: &Callers, headers: &HeaderMap) -> Result<ShopperId, ApiError> {
    let shopper = callers.sessions.whose(bearer(headers)?).map_err(refused)?;
    callers.rates.shopper(shopper)?;
    Ok(shopper)
}

fn refused(error: TokenError) -> ApiError {
    match error {
        TokenError::Expired => Kind::TokenExpired
            .because("POST /api/v1/sessions/renew takes it for 30 days; POST /api/v1/sessions starts anew"),
        TokenError::Invalid => Kind::Unauthorized.because("this is no session token of ours"),
    }
}

impl<S> FromRequestParts<S> for Shopper
where
    S: Send + Sync,
    Arc<Callers>: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let callers = Arc::<Callers>::from_ref(state);
        shopper(&callers, &parts.headers).map(Self)
    }
}

/// Whose session goes on, also one that ended not long ago; within the rate limit.
#[derive(Clone, Debug)]
pub(crate) struct Renewing(pub(crate) Holder);

impl<S> FromRequestParts<S> for Renewing
where
    S: Send + Sync,
    Arc<Callers>: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let callers = Arc::<Callers>::from_ref(state);
        let holder = callers.sessions.keys().renewable(bearer(&parts.headers)?).map_err(refused)?;
        callers.rates.shopper(holder.shopper)?;
        Ok(Self(holder))
    }
}
