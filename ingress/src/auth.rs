//! Who is asking: a shopper by session token, an admin by API token.

mod tokens;

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use sale::ids::ShopperId;
use sale::role::Role;
use session::{Audience, TokenError};
use utoipa::ToSchema;
use uuid::Uuid;

pub(crate) use tokens::AdminTokens;

use crate::extract::only;
use crate::moment::Moment;
use crate::problems::{ApiError, Kind};
use crate::state::{App, Parts as AppParts};

/// An authenticated shopper, within the rate limits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shopper(pub(crate) ShopperId);

/// Checks the session token and the rate limit of the shopper.
pub(crate) fn shopper(app: &AppParts, headers: &HeaderMap) -> Result<ShopperId, ApiError> {
    known(app, headers, |token| app.sessions.verify(token, Audience::Shop))
}

fn known(
    app: &AppParts,
    headers: &HeaderMap,
    verify: impl FnOnce(&str) -> Result<ShopperId, TokenError>,
) -> Result<ShopperId, ApiError> {
    let shopper = verify(bearer(headers)?).map_err(|error| match error {
        TokenError::Expired => Kind::TokenExpired
            .because("POST /api/v1/sessions/renew takes it for 30 days; POST /api/v1/sessions starts anew"),
        TokenError::Invalid => Kind::Unauthorized.because("this is no session token of ours"),
    })?;
    app.rates.shopper(shopper)?;
    Ok(shopper)
}

impl FromRequestParts<App> for Shopper {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        shopper(app, &parts.headers).map(Self)
    }
}

/// A shopper whose session goes on, also one that ended not long ago; within the rate limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Renewing(pub(crate) ShopperId);

impl FromRequestParts<App> for Renewing {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        known(app, &parts.headers, |token| app.sessions.renewable(token)).map(Self)
    }
}

fn bearer(headers: &HeaderMap) -> Result<&str, ApiError> {
    let header = only(headers, header::AUTHORIZATION.as_str())?;
    match header.and_then(|value| value.to_str().ok()).and_then(|value| value.split_once(' ')) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        _ => Err(Kind::Unauthorized.because("send Authorization: Bearer <token>")),
    }
}

/// What an API token allows. Each role may do all that the one before it may.
#[derive(ToSchema)]
#[schema(as = Role, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes a type of the domain, which knows no OpenAPI")]
pub(crate) enum RoleSchema {
    /// Reads.
    Viewer,
    /// Also runs sales.
    Manager,
    /// Also refunds and manages tokens.
    Owner,
}

/// Who is behind a call with an API token.
#[derive(Clone, Debug)]
pub(crate) struct Admin {
    pub(crate) token_id: Uuid,
    /// The token's name, as in the audit log.
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) expires_at: Option<Moment>,
    /// Where the call came from.
    pub(crate) address: IpAddr,
}

async fn admin(parts: &Parts, app: &App, least: Role) -> Result<Admin, ApiError> {
    let address = app.address(&parts.extensions, &parts.headers);
    let token = bearer(&parts.headers)?;
    let Some(token) = app.admins.find(token).await? else {
        app.refusals.unknown_token(address);
        let detail =
            "this API token is not known here: it is none of ours, was revoked, or was made a moment ago elsewhere";
        return Err(Kind::Unauthorized.because(detail));
    };
    let admin = Admin { token_id: token.id, name: token.name, role: token.role, expires_at: token.expires_at, address };
    if let Some(expired) = admin.expires_at.filter(|at| *at <= Moment::from(clock::to_utc(clock::now()))) {
        app.refusals.expired_token(&admin);
        let detail = format!("this API token expired at {}; an owner can make a new one", expired.utc().to_rfc3339());
        return Err(Kind::TokenExpired.because(detail));
    }
    if admin.role < least {
        app.refusals.role(&admin, &parts.method, parts.extensions.get());
        let (is, needs) = (admin.role.word(), least.word());
        return Err(Kind::Forbidden.because(format!("this token's role is {is}; it takes {needs}")));
    }
    Ok(admin)
}

macro_rules! role_extractor {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub(crate) struct $name(pub(crate) Admin);

        impl FromRequestParts<App> for $name {
            type Rejection = ApiError;

            async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
                admin(parts, app, Role::$name).await.map(Self)
            }
        }
    };
}

role_extractor! {
    /// Somebody who may read.
    Viewer
}
role_extractor! {
    /// Somebody who may run sales.
    Manager
}
role_extractor! {
    /// Somebody who may refund and manage tokens.
    Owner
}
