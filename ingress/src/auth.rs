//! Who is asking: a shopper by session token, an admin by API token.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use moka::sync::Cache;
use sale::ids::ShopperId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;
use wiring::session::{Audience, TokenError};

use crate::problems::{ApiError, Kind};
use crate::state::{App, Parts as AppParts};

/// How long a look-up of an API token is believed, and so how long a revoked one may still work.
const BELIEVED_FOR: Duration = Duration::from_secs(10);
/// API tokens (and guesses at them) remembered.
const LOOKUPS_MAX: u64 = 10_000;

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
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match header.and_then(|value| value.split_once(' ')) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        _ => Err(Kind::Unauthorized.because("send Authorization: Bearer <token>")),
    }
}

/// What an API token allows. Each role may do all that the one before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    /// Reads.
    Viewer,
    /// Also runs sales.
    Manager,
    /// Also refunds and manages tokens.
    Owner,
}

impl Role {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Manager => "manager",
            Role::Owner => "owner",
        }
    }

    fn from_word(word: &str) -> Self {
        match word {
            "owner" => Role::Owner,
            "manager" => Role::Manager,
            _ => Role::Viewer,
        }
    }
}

/// Who is behind an API token.
#[derive(Debug)]
pub(crate) struct Admin {
    pub(crate) token_id: Uuid,
    /// The token's name, as in the audit log.
    pub(crate) name: String,
    pub(crate) role: Role,
}

/// The look-ups of API tokens, remembered for a moment.
pub(crate) struct AdminTokens {
    postgres: PgPool,
    known: Cache<[u8; 32], Option<Arc<Admin>>>,
}

impl AdminTokens {
    pub(crate) fn new(postgres: PgPool) -> Self {
        let known = Cache::builder().max_capacity(LOOKUPS_MAX).time_to_live(BELIEVED_FOR).build();
        Self { postgres, known }
    }

    async fn find(&self, token: &str) -> Result<Option<Arc<Admin>>, ApiError> {
        let digest: [u8; 32] = Sha256::digest(token).into();
        if let Some(known) = self.known.get(&digest) {
            return Ok(known);
        }
        let row = sqlx::query!(
            "SELECT id, name, role FROM api_tokens WHERE token_sha256 = $1 AND revoked_at IS NULL",
            digest.as_slice()
        )
        .fetch_optional(&self.postgres)
        .await?;
        let admin =
            row.map(|row| Arc::new(Admin { token_id: row.id, name: row.name, role: Role::from_word(&row.role) }));
        self.known.insert(digest, admin.clone());
        Ok(admin)
    }

    /// Forgets every look-up: a token was revoked here.
    pub(crate) fn forget(&self) {
        self.known.invalidate_all();
    }
}

async fn admin(parts: &Parts, app: &App, least: Role) -> Result<Arc<Admin>, ApiError> {
    let token = bearer(&parts.headers)?;
    let admin = app.admins.find(token).await?;
    let admin = admin.ok_or_else(|| Kind::Unauthorized.because("this is no API token of ours, or it was revoked"))?;
    if admin.role < least {
        let (is, needs) = (admin.role.word(), least.word());
        return Err(Kind::Forbidden.because(format!("this token's role is {is}; it takes {needs}")));
    }
    Ok(admin)
}

macro_rules! role_extractor {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub(crate) struct $name(pub(crate) Arc<Admin>);

        impl FromRequestParts<App> for $name {
            type Rejection = ApiError;

            async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
                admin(parts, app, Role::$name).await.map(Self)
            }
        }
    };
}

/// Somebody who may read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Viewer;

impl FromRequestParts<App> for Viewer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        admin(parts, app, Role::Viewer).await.map(|_| Self)
    }
}

role_extractor! {
    /// Somebody who may run sales.
    Manager
}
role_extractor! {
    /// Somebody who may refund and manage tokens.
    Owner
}
