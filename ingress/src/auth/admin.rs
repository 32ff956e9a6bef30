//! Organisers and the shop, by API token; organisers at the console, by the cookie of a session.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use sale::role::{Right, Role};
use uuid::Uuid;

use super::about::is_about;
use super::bearer::{bearer, has_bearer};
use super::identity::Admin;
use super::tokens::KnownAdmin;
use crate::callers::Callers;
use crate::moment::Moment;
use crate::problems::{ApiError, Kind};

/// Who calls, if they may: the one place where that is decided.
async fn admin(parts: &Parts, callers: &Callers, needed: Needed) -> Result<Admin, ApiError> {
    let address = callers.address(&parts.extensions, &parts.headers);
    let (session, known) = who(parts, callers, address).await?;
    let KnownAdmin { of, person, name, scope, expires_at } = known;
    let admin = Admin { of, person, session, name, scope, expires_at, address };
    if let Some(expired) = admin.expires_at.filter(|at| *at <= Moment::from(clock::to_utc(clock::now()))) {
        callers.refusals.expired_token(&admin);
        let detail = format!("this API token expired at {}; an owner can make a new one", expired.utc().to_rfc3339());
        return Err(Kind::TokenExpired.because(detail));
    }
    if let Some(why) = needed.refused_to(&admin) {
        callers.refusals.role(&admin, &parts.method, parts.extensions.get());
        return Err(Kind::Forbidden.because(why));
    }
    if let Some(event) = admin.scope.event
        && !is_about(parts, callers.admins.postgres(), event).await?
    {
        callers.refusals.role(&admin, &parts.method, parts.extensions.get());
        return Err(Kind::Forbidden.because(format!("this token is for the sale {event} alone, and this call is not")));
    }
    Ok(admin)
}

/// What a call takes.
#[derive(Clone, Copy)]
enum Needed {
    Right(Right),
    /// That it is an organiser who calls, whatever they may.
    Organiser,
}

impl Needed {
    fn refused_to(self, admin: &Admin) -> Option<String> {
        let scope = &admin.scope;
        let whose = if admin.person.is_some() { "your" } else { "this token's" };
        let takes = match self {
            Self::Right(right) if scope.may(right) => return None,
            Self::Organiser if scope.role != Role::Shop => return None,
            Self::Right(right) if scope.role.may(right) => {
                let rights: Vec<&str> = scope.rights().iter().map(Right::word).collect();
                return Some(format!("{whose} rights are {}; it takes {right}", rights.join(", ")));
            }
            Self::Right(right) => right.of(),
            Self::Organiser => Right::Read.of(),
        };
        Some(format!("{whose} role is {}; it takes {}", scope.role.word(), takes.join(" or ")))
    }
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
    ($(#[$doc:meta])* $name:ident($needed:expr)) => {
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
                admin(parts, &Arc::<Callers>::from_ref(state), $needed).await.map(Self)
            }
        }
    };
}

right_extractor! {
    /// An organiser, whatever they may.
    MayAsk(Needed::Organiser)
}
right_extractor! {
    /// Somebody who may read.
    MayRead(Needed::Right(Right::Read))
}
right_extractor! {
    /// Somebody who may see who bought.
    MayReadBuyers(Needed::Right(Right::ReadBuyers))
}
right_extractor! {
    /// Somebody who may pay back.
    MayRefund(Needed::Right(Right::Refund))
}
right_extractor! {
    /// Somebody who may run sales.
    MayRun(Needed::Right(Right::Run))
}
right_extractor! {
    /// Somebody who may say who else may do what.
    MayOwn(Needed::Right(Right::Own))
}
right_extractor! {
    /// The server of a shop's own checkout.
    MayHandOver(Needed::Right(Right::HandOver))
}
