//! API tokens: made here, shown once, kept as digests.

use std::sync::Arc;

use axum::Json as Reply;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::TimeDelta;
use record::PgPool;
use record::audit::Deed;
use record::tokens::{self, Put, Revoked, Token};
use record::{events, organisers};
use retry::{RECONNECT, retry};
use sale::ids::EventId;
use sale::role::{Right, Role};
use sale::scope::{Rights, Scope};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use service::Readiness;
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;
use uuid::Uuid;

use super::audit;
use super::repeat::{self, Repeat};
use super::text;
use crate::auth::{Admin, MayAsk, MayOwn, PersonOfCall, RightSchema, RoleSchema};
use crate::callers::Callers;
use crate::extract::{Json, MaybeIdempotencyKey, Path};
use crate::moment::Moment;
use crate::problems::{AdminProblems, AdminReadProblems, ApiError, Kind, OwnerReadProblems};

const LISTED_MAX: i64 = 1_000;
/// Tokens that are not revoked: every ingress has them in memory.
const LIVE_MAX: i64 = 1_000;
/// How long a token lasts for which nothing else was said, and at most.
const LASTS: TimeDelta = TimeDelta::days(90);
const LASTS_MAX: TimeDelta = TimeDelta::days(366);
/// The name of the token that comes from the configuration.
const BOOTSTRAP: &str = "bootstrap";

/// An API token, without its secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenView {
    id: Uuid,
    name: String,
    #[schema(value_type = RoleSchema)]
    role: Role,
    /// What it may do: all that its role may, or some of it.
    #[schema(value_type = Vec<RightSchema>)]
    rights: Rights,
    /// The one sale that it is for; all of them, if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<Uuid>,
    /// What that is called today.
    #[serde(skip_serializing_if = "Option::is_none")]
    event_name: Option<String>,
    /// Who made it, as in the audit log; absent for the token from the configuration, and for those of before that was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    made_by: Option<String>,
    created_at: Moment,
    /// From when on it is refused; never, if absent: the token from the configuration, and those of before tokens
    /// expired.
    expires_at: Option<Moment>,
    revoked_at: Option<Moment>,
}

/// API tokens.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenList {
    tokens: Vec<TokenView>,
}

/// A new API token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenSpec {
    /// Who or what it is for; unique. Stands in the audit log.
    name: String,
    #[schema(value_type = RoleSchema)]
    role: Role,
    /// Some of the role's rights; all of them, if left out. A token may do no more than who makes it.
    #[serde(default)]
    #[schema(value_type = Option<Vec<RightSchema>>, min_items = 1)]
    rights: Option<Vec<Right>>,
    /// The one sale that it is for; all of them, if left out. Then it may make calls that are about that sale alone (its own, those of its
    /// orders and reservations, `orders`, `orders.csv` and `audit` with `event`), and those that tell who asks and what there is to choose from.
    #[serde(default)]
    event_id: Option<Uuid>,
    /// From when on it is refused: within 366 days; 90 days from now, if left out. A token lasts no longer than the one that makes it.
    #[serde(default)]
    expires_at: Option<Moment>,
}

/// The token of a call, or of the session that it is of; or the person of that session.
#[derive(Serialize, ToSchema)]
pub(crate) struct Me {
    name: String,
    #[schema(value_type = RoleSchema)]
    role: Role,
    /// What it may do: all that its role may, or some of it.
    #[schema(value_type = Vec<RightSchema>)]
    rights: Rights,
    /// The one sale that it is for; all of them, if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<Uuid>,
    /// From when on it is refused; never, if absent.
    expires_at: Option<Moment>,
    /// Whether the call came by the cookie of a session, and not by the token itself.
    in_session: bool,
    /// The person, if it is one, and not a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<PersonOfCall>,
}

impl From<Admin> for Me {
    fn from(Admin { name, scope, expires_at, session, person, .. }: Admin) -> Self {
        let (role, rights, event_id) = (scope.role, scope.rights(), scope.event.map(|event| event.0));
        Self { name, role, rights, event_id, expires_at, in_session: session.is_some(), person }
    }
}

/// A token that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewToken {
    #[serde(flatten)]
    about: TokenView,
    /// The secret. Shown this once; absent when the request was repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

/// API tokens
#[utoipa::path(get, path = "/api/v1/admin/tokens", tag = "admin: access", security(("api_token" = [])),
    responses((status = 200, body = TokenList), OwnerReadProblems))]
pub(crate) async fn list(State(pool): State<PgPool>, _: MayOwn) -> Result<Reply<TokenList>, ApiError> {
    let tokens = tokens::list(&pool, None, LISTED_MAX).await?;
    Ok(Reply(TokenList { tokens: tokens.into_iter().map(view).collect::<Result<_, _>>()? }))
}

/// Who is asking
#[utoipa::path(get, path = "/api/v1/admin/me", tag = "admin: access", security(("api_token" = [])),
    responses((status = 200, body = Me), AdminReadProblems))]
pub(crate) async fn me(MayAsk(admin): MayAsk) -> Reply<Me> {
    Reply(admin.into())
}

/// Make an API token
#[utoipa::path(post, path = "/api/v1/admin/tokens", tag = "admin: access", security(("api_token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating it makes nothing more")),
    request_body = TokenSpec, responses((status = 201, body = NewToken), AdminProblems))]
pub(crate) async fn create(
    State(pool): State<PgPool>,
    State(callers): State<Arc<Callers>>,
    MayOwn(admin): MayOwn,
    key: MaybeIdempotencyKey,
    body: Json<TokenSpec>,
) -> Result<(StatusCode, Reply<NewToken>), ApiError> {
    let spec = &body.value;
    text::check_line("name", &spec.name, 1, 100)?;
    let now = clock::to_utc(clock::now());
    let scope = spec.scope()?;
    check_covered(&admin, scope)?;
    let default = Moment::from(now + LASTS);
    let expires_at = spec.expires_at.unwrap_or(admin.expires_at.map_or(default, |own| own.min(default)));
    if !(now..=now + LASTS_MAX).contains(&expires_at.utc()) {
        return Err(Kind::Invalid.because(format!("expires_at: from now to {} days ahead", LASTS_MAX.num_days())));
    }
    if admin.expires_at.is_some_and(|own| own < expires_at) {
        return Err(Kind::Forbidden.because("expires_at: no token outlasts the one that makes it"));
    }
    let id = Uuid::now_v7();
    let token = format!("fl_{}", hex::encode(rand::random::<[u8; 32]>()));
    let digest: [u8; 32] = Sha256::digest(&token).into();
    let mut transaction = pool.begin().await?;
    // Another door may know it a while longer: what is made in that time would outlast it.
    if !organisers::hold(&mut transaction, admin.of, admin.scope.role).await? {
        return Err(revoked_meanwhile(&callers));
    }
    if let Repeat::Of(id) = repeat::claim(&mut transaction, &admin, &key, "tokens", &body.bytes, id).await? {
        transaction.rollback().await?;
        let about = find(&pool, id).await?;
        return Ok((StatusCode::CREATED, Reply(NewToken { about, token: None })));
    }
    let event_name = match scope.event {
        None => None,
        Some(event) => match events::name_of(&mut transaction, event).await? {
            None => return Err(Kind::Invalid.because("event_id: there is no such sale")),
            named => named,
        },
    };
    let (name, expires_utc) = (&*spec.name, expires_at.utc());
    let made = tokens::NewToken { id, name, scope, digest: &digest, expires_at: expires_utc, made_by: &admin.name };
    if !tokens::insert(&mut transaction, &made).await? {
        return Err(
            Kind::Conflict.because("name: another token has it, or had it before it was revoked; or a person has it")
        );
    }
    if tokens::count_live(&mut transaction).await? > LIVE_MAX {
        return Err(Kind::Conflict.because(format!("{LIVE_MAX} tokens are not revoked: revoke what nobody uses")));
    }
    let mut detail = json!({ "name": spec.name, "role": spec.role, "expires_at": expires_at });
    if !scope.is_whole() {
        detail["rights"] = json!(scope.rights());
        detail["for_event"] = json!(scope.event);
        detail["for_event_name"] = json!(event_name);
    }
    audit::record(&mut transaction, &admin, "token.create", id, detail).await?;
    transaction.commit().await?;
    callers.admins.forget();
    let about = find(&pool, id).await?;
    Ok((StatusCode::CREATED, Reply(NewToken { about, token: Some(token) })))
}

/// Revoke an API token
///
/// Its sessions end with it. Here it stops working at once, at other ingress processes within ten seconds. The token that asks cannot
/// revoke itself: so there is an owner left, until the last one's expires.
#[utoipa::path(delete, path = "/api/v1/admin/tokens/{id}", tag = "admin: access", security(("api_token" = [])),
    params(("id" = Uuid, Path, description = "The token")), responses((status = 204), AdminProblems))]
pub(crate) async fn revoke(
    State(pool): State<PgPool>,
    State(callers): State<Arc<Callers>>,
    MayOwn(admin): MayOwn,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, ApiError> {
    if admin.of.token() == Some(id) {
        return Err(Kind::Conflict.because("a token cannot revoke itself; use another owner's"));
    }
    let mut transaction = pool.begin().await?;
    match tokens::revoke(&mut transaction, admin.of, admin.scope.role, id).await? {
        Revoked::ByNobody => return Err(revoked_meanwhile(&callers)),
        Revoked::Unknown => return Err(Kind::NotFound.because("no such token")),
        Revoked::Before => {}
        Revoked::Now(name) => {
            audit::record(&mut transaction, &admin, "token.revoke", id, json!({ "name": name })).await?;
        }
    }
    transaction.commit().await?;
    callers.admins.forget();
    Ok(StatusCode::NO_CONTENT)
}

impl TokenSpec {
    fn scope(&self) -> Result<Scope, ApiError> {
        let rights = self.rights.as_ref().map(|rights| rights.iter().copied().collect());
        Scope::narrowed(self.role, rights, self.event_id.map(EventId)).ok_or_else(|| {
            let of: Vec<&str> = self.role.rights().map(Right::word).collect();
            Kind::Invalid.because(format!("rights: at least one of those of the role: {}", of.join(", ")))
        })
    }
}

/// Nobody lets others do more than they may themselves.
pub(super) fn check_covered(admin: &Admin, other: Scope) -> Result<(), ApiError> {
    if admin.scope.covers(&other) {
        return Ok(());
    }
    let own: Vec<&str> = admin.scope.rights().iter().map(Right::word).collect();
    Err(Kind::Forbidden.because(format!("nobody lets others do more than they may themselves: {}", own.join(", "))))
}

/// Another door revoked it, and this one has learnt of that before its time: it believes its table no longer.
pub(super) fn revoked_meanwhile(callers: &Callers) -> ApiError {
    callers.admins.forget();
    Kind::Unauthorized.because("who asks was revoked or disabled meanwhile, or has another role")
}

async fn find(pool: &PgPool, id: Uuid) -> Result<TokenView, ApiError> {
    let token = tokens::list(pool, Some(id), 1).await?.pop();
    token.map_or_else(|| Err(Kind::NotFound.because("no such token")), view)
}

fn view(token: Token) -> Result<TokenView, ApiError> {
    let scope = token.scope.map_err(ApiError::internal)?;
    Ok(TokenView {
        id: token.id,
        name: token.name,
        role: scope.role,
        rights: scope.rights(),
        event_id: scope.event.map(|event| event.0),
        event_name: scope.event.and(token.event_name),
        made_by: token.made_by,
        created_at: token.created_at.into(),
        expires_at: token.expires_at.map(Moment::from),
        revoked_at: token.revoked_at.map(Moment::from),
    })
}

/// Puts the configured token into the database, however long that takes; then waits for shutdown. The process is not ready
/// before: it would turn away the owner whom its own configuration names.
pub(crate) fn bootstrap(
    pool: PgPool,
    token: Option<SecretString>,
    readiness: Readiness,
    shutdown: CancellationToken,
) -> impl Future<Output = anyhow::Result<()>> {
    readiness.set("admin token", token.is_none());
    async move {
        if let Some(token) = token {
            let digest: [u8; 32] = Sha256::digest(token.expose_secret()).into();
            let put = retry("admin token", RECONNECT, &shutdown, || put_bootstrap(&pool, digest));
            readiness.set("admin token", put.await.is_ok());
        }
        shutdown.cancelled().await;
        Ok(())
    }
}

/// Makes or replaces it, unless it is in place already. What the configuration says never expires.
async fn put_bootstrap(pool: &PgPool, digest: [u8; 32]) -> sqlx::Result<()> {
    let mut transaction = pool.begin().await?;
    let done = match tokens::put_owner(&mut transaction, BOOTSTRAP, &digest).await? {
        Put::InPlace => None,
        Put::Made(id) => Some(("token.create", id)),
        Put::Replaced(id) => Some(("token.replace", id)),
    };
    if let Some((action, id)) = done {
        let (subject, detail) = (id.to_string(), json!({ "name": BOOTSTRAP, "role": Role::Owner }));
        let entry = Deed { actor: "configuration", role: "", address: None, action, subject: &subject, detail };
        record::audit::write(&mut transaction, entry).await?;
    }
    transaction.commit().await
}
