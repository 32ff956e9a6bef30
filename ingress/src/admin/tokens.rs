//! API tokens: made here, shown once, kept as digests.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::TimeDelta;
use retry::{RECONNECT, retry};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;
use uuid::Uuid;

use super::audit::{self, Entry};
use super::repeat::{self, Repeat};
use super::text;
use crate::auth::{Owner, Role, Viewer};
use crate::extract::{Json, MaybeIdempotencyKey, Path};
use crate::moment::Moment;
use crate::problems::{AdminProblems, AdminReadProblems, ApiError, Kind, OwnerReadProblems};
use crate::state::App;

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
    /// `viewer`, `manager` or `owner`.
    role: String,
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
    role: Role,
    /// From when on it is refused: within 366 days; 90 days from now, if left out.
    #[serde(default)]
    expires_at: Option<Moment>,
}

/// The token of a call.
#[derive(Serialize, ToSchema)]
pub(crate) struct Me {
    name: String,
    role: Role,
    /// From when on it is refused; never, if absent.
    expires_at: Option<Moment>,
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
pub(crate) async fn list(State(app): State<App>, _: Owner) -> Result<Answer<TokenList>, ApiError> {
    let tokens = sqlx::query_as!(
        TokenView,
        r#"SELECT id, name, role, created_at AS "created_at: Moment", expires_at AS "expires_at: Moment",
                  revoked_at AS "revoked_at: Moment" FROM api_tokens ORDER BY id DESC LIMIT $1"#,
        LISTED_MAX
    )
    .fetch_all(&app.postgres)
    .await?;
    Ok(Answer(TokenList { tokens }))
}

/// Who is asking
#[utoipa::path(get, path = "/api/v1/admin/me", tag = "admin: access", security(("api_token" = [])),
    responses((status = 200, body = Me), AdminReadProblems))]
pub(crate) async fn me(Viewer(admin): Viewer) -> Answer<Me> {
    Answer(Me { name: admin.name, role: admin.role, expires_at: admin.expires_at })
}

/// Make an API token
#[utoipa::path(post, path = "/api/v1/admin/tokens", tag = "admin: access", security(("api_token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating it makes nothing more")),
    request_body = TokenSpec, responses((status = 201, body = NewToken), AdminProblems))]
pub(crate) async fn create(
    State(app): State<App>,
    Owner(admin): Owner,
    key: MaybeIdempotencyKey,
    body: Json<TokenSpec>,
) -> Result<(StatusCode, Answer<NewToken>), ApiError> {
    let spec = &body.value;
    text::check("name", &spec.name, 1, 100)?;
    let now = clock::to_utc(clock::now());
    let expires_at = spec.expires_at.unwrap_or(Moment::from(now + LASTS));
    if !(now..=now + LASTS_MAX).contains(&expires_at.utc()) {
        return Err(Kind::Invalid.because(format!("expires_at: from now to {} days ahead", LASTS_MAX.num_days())));
    }
    let id = Uuid::now_v7();
    let token = format!("fl_{}", hex::encode(rand::random::<[u8; 32]>()));
    let digest: [u8; 32] = Sha256::digest(&token).into();
    let mut transaction = app.postgres.begin().await?;
    if let Repeat::Of(id) = repeat::claim(&mut transaction, &admin, &key, "tokens", &body.bytes, id).await? {
        transaction.rollback().await?;
        let about = find(&app.postgres, id).await?;
        return Ok((StatusCode::CREATED, Answer(NewToken { about, token: None })));
    }
    let inserted = sqlx::query!(
        "INSERT INTO api_tokens (id, name, role, token_sha256, expires_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (name) DO NOTHING",
        id,
        spec.name,
        spec.role.word(),
        digest.as_slice(),
        expires_at.utc()
    )
    .execute(&mut *transaction)
    .await?;
    if inserted.rows_affected() == 0 {
        return Err(Kind::Conflict.because("name: another token has it, or had it before it was revoked"));
    }
    let live = sqlx::query_scalar!(r#"SELECT count(*) AS "live!" FROM api_tokens WHERE revoked_at IS NULL"#)
        .fetch_one(&mut *transaction)
        .await?;
    if live > LIVE_MAX {
        return Err(Kind::Conflict.because(format!("{LIVE_MAX} tokens are not revoked: revoke what nobody uses")));
    }
    let detail = json!({ "name": spec.name, "role": spec.role, "expires_at": expires_at });
    audit::record(&mut transaction, &admin, "token.create", id, detail).await?;
    transaction.commit().await?;
    app.admins.forget();
    let about = find(&app.postgres, id).await?;
    Ok((StatusCode::CREATED, Answer(NewToken { about, token: Some(token) })))
}

/// Revoke an API token
///
/// Here it stops working at once, at other ingress processes within ten seconds. The token that asks cannot
/// revoke itself: so there is always an owner left.
#[utoipa::path(delete, path = "/api/v1/admin/tokens/{id}", tag = "admin: access", security(("api_token" = [])),
    params(("id" = Uuid, Path, description = "The token")), responses((status = 204), AdminProblems))]
pub(crate) async fn revoke(
    State(app): State<App>,
    Owner(admin): Owner,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, ApiError> {
    if id == admin.token_id {
        return Err(Kind::Conflict.because("a token cannot revoke itself; use another owner's"));
    }
    let mut transaction = app.postgres.begin().await?;
    let found = sqlx::query!("SELECT name, revoked_at FROM api_tokens WHERE id = $1 FOR UPDATE", id)
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or_else(|| Kind::NotFound.because("no such token"))?;
    if found.revoked_at.is_none() {
        sqlx::query!("UPDATE api_tokens SET revoked_at = now() WHERE id = $1", id).execute(&mut *transaction).await?;
        audit::record(&mut transaction, &admin, "token.revoke", id, json!({ "name": found.name })).await?;
    }
    transaction.commit().await?;
    app.admins.forget();
    Ok(StatusCode::NO_CONTENT)
}

async fn find(pool: &PgPool, id: Uuid) -> Result<TokenView, ApiError> {
    let token = sqlx::query_as!(
        TokenView,
        r#"SELECT id, name, role, created_at AS "created_at: Moment", expires_at AS "expires_at: Moment",
                  revoked_at AS "revoked_at: Moment" FROM api_tokens WHERE id = $1"#,
        id
    )
    .fetch_optional(pool)
    .await?;
    token.ok_or_else(|| Kind::NotFound.because("no such token"))
}

/// Puts the configured token into the database, however long that takes; then waits for shutdown.
pub(crate) async fn bootstrap(
    pool: PgPool,
    token: Option<SecretString>,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    if let Some(token) = token {
        let digest: [u8; 32] = Sha256::digest(token.expose_secret()).into();
        let put = retry("admin token", RECONNECT, &shutdown, || put_bootstrap(&pool, digest));
        if put.await.is_ok() {
            tracing::info!("the configured admin token is in place");
        }
    }
    shutdown.cancelled().await;
    Ok(())
}

/// Makes or replaces it, unless it is in place already. What the configuration says never expires.
async fn put_bootstrap(pool: &PgPool, digest: [u8; 32]) -> sqlx::Result<()> {
    let mut transaction = pool.begin().await?;
    let id = Uuid::now_v7();
    let made = sqlx::query!(
        "INSERT INTO api_tokens (id, name, role, token_sha256) VALUES ($1, $2, 'owner', $3) ON CONFLICT (name) DO NOTHING",
        id,
        BOOTSTRAP,
        digest.as_slice()
    )
    .execute(&mut *transaction)
    .await?;
    let replaced = sqlx::query_scalar!(
        "UPDATE api_tokens SET role = 'owner', token_sha256 = $2, revoked_at = NULL, expires_at = NULL
         WHERE name = $1 AND (role <> 'owner' OR token_sha256 <> $2 OR revoked_at IS NOT NULL OR expires_at IS NOT NULL)
         RETURNING id",
        BOOTSTRAP,
        digest.as_slice()
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let done = match (made.rows_affected(), replaced) {
        (1, _) => Some(("token.create", id)),
        (_, Some(id)) => Some(("token.replace", id)),
        (_, None) => None,
    };
    if let Some((action, id)) = done {
        let (subject, detail) = (id.to_string(), json!({ "name": BOOTSTRAP, "role": Role::Owner }));
        let entry = Entry { actor: "configuration", role: "", address: None, action, subject: &subject, detail };
        audit::write(&mut transaction, entry).await?;
    }
    transaction.commit().await
}
