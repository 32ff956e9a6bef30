//! Organisers and the shop, by API token; organisers at the console, by the cookie of a session.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use sale::role::Right;
use uuid::Uuid;

use super::bearer::{bearer, has_bearer};
use super::identity::Admin;
use super::tokens::KnownAdmin;
use crate::callers::Callers;
use crate::moment::Moment;
use crate::problems::{ApiError, Kind};

async fn admin(parts: &Parts, callers: &Callers, needed: Right) -> Result<Admin, ApiError> {
    let address = callers.address(&parts.extensions, &parts.headers);
    let (session, known) = who(parts, callers, address).await?;
    let KnownAdmin { of, person, name, role, expires_at } = known;
    let admin = Admin { of, person, session, name, role, expires_at, address };
    if let Some(expired) = admin.expires_at.filter(|at| *at <= Moment::from(clock::to_utc(clock::now()))) {
        callers.refusals.expired_token(&admin);
        let detail = format!("this API token expired at {}; an owner can make a new one", expired.utc().to_rfc3339());
        return Err(Kind::TokenExpired.because(detail));
    }
    if !admin.role.may(needed) {
        callers.refusals.role(&admin, &parts.method, parts.extensions.get());
        let (is, takes) = (admin.role.word(), needed.of().join(" or "));
        let whose = if admin.person.is_some() { "your" } else { "this token's" };
        return Err(Kind::Forbidden.because(format!("{whose} role is {is}; it takes {takes}")));
    }
    Ok(admin)
}

/// By the token of the request; where it has none, by its cookie.
async fn who(parts: &Parts, callers: &Callers, address: IpAddr) -> Result<(Option<Uuid>, KnownAdmin), ApiError> {
    let headers = &parts.headers;
    let cookie = if has_bearer(headers) { None } else { callers.console.secret(headers)? };
    if let Some(secret) = cookie {
        callers.console.may_change(&parts.method, headers)?;
        let Some((session, known)) = callers.admins.find_session(secret).await? else {
            callers.refusals.unknown_session(address);
            return Err(Kind::Unauthorized.because("this session has ended: sign in again"));
        };
        return Ok((Some(session), known));
    }
    let Some(token) = callers.admins.find(bearer(headers)?).await? else {
        callers.refusals.unknown_token(address);
        let detail =
            "this API token is not known here: it is none of ours, was revoked, or was made a moment ago elsewhere";
        return Err(Kind::Unauthorized.because(detail));
    };
    Ok((None, token))
}

macro_rules! right_extractor {
    ($(#[$doc:meta])* $name:ident($right:ident)) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub(crate) struct $name(pub(crate) Admin);

        impl<S> FromRequestParts<S> for $name
        where
            S: Send + Sync,
            Arc<Callers>: FromRef<S>,
        {
            type Rejection = ApiError;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
                admin(parts, &Arc::<Callers>::from_ref(state), Right::$right).await.map(Self)
            }
        }
    };
}

right_extractor! {
    /// Somebody who may read.
    MayRead(Read)
}
right_extractor! {
    /// Somebody who may see who bought.
    MayReadBuyers(ReadBuyers)
}
right_extractor! {
    /// Somebody who may pay back.
    MayRefund(Refund)
}
right_extractor! {
    /// Somebody who may run sales.
    MayRun(Run)
}
right_extractor! {
    /// Somebody who may say who else may do what.
    MayOwn(Own)
}
right_extractor! {
    /// The server of a shop's own checkout.
    MayHandOver(HandOver)
}
