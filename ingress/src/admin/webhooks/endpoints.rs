//! Endpoints: the shop's URLs that are told.

use std::sync::Arc;

use axum::Json as Reply;
use axum::extract::State;
use axum::http::StatusCode;
use outbound::Permitted;
use record::PgPool;
use record::endpoints::{self, Endpoint};
use sale::notice::PauseCause;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{NoticeTypeSchema, new_secret, types_of};
use crate::admin::repeat::{self, Repeat};
use crate::admin::{audit, changes};
use crate::auth::{MayOwn, MayRead, MayRun};
use crate::extract::{IfMatch, Json, MaybeIdempotencyKey, Path, Version, Versioned};
use crate::moment::Moment;
use crate::problems::{AdminProblems, AdminReadProblems, ApiError, Kind, ReplaceProblems};

/// Endpoints that a shop may have: every notice is stored and sent for each of them.
const ENDPOINTS_MAX: i64 = 20;

/// An endpoint, without its secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct EndpointView {
    id: Uuid,
    url: String,
    #[schema(value_type = Vec<NoticeTypeSchema>)]
    types: Vec<String>,
    /// Told nothing until it is resumed; its deliveries wait.
    paused: bool,
    /// Why: `organiser` (by hand), `gone` (it answered 410), `failing` (it accepted nothing for too long).
    #[serde(skip_serializing_if = "Option::is_none")]
    paused_why: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paused_at: Option<Moment>,
    /// Since when no try was accepted; absent when the last one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    failing_since: Option<Moment>,
    /// To the second; absent when nothing was accepted yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_accepted_at: Option<Moment>,
    /// Deliveries that wait.
    waiting: i64,
    /// Since when the first of them does.
    #[serde(skip_serializing_if = "Option::is_none")]
    oldest_waiting_at: Option<Moment>,
    /// Until when the secret before the present one signs too.
    #[serde(skip_serializing_if = "Option::is_none")]
    old_secret_until: Option<Moment>,
    /// Raised by every change; as `ETag`, and for `If-Match`.
    version: i64,
    created_at: Moment,
}

/// Endpoints.
#[derive(Serialize, ToSchema)]
pub(crate) struct EndpointList {
    /// The oldest first.
    endpoints: Vec<EndpointView>,
}

/// A new endpoint.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndpointSpec {
    /// An https address that anybody on the internet could call.
    url: String,
    #[schema(value_type = Vec<NoticeTypeSchema>, min_items = 1)]
    types: Vec<String>,
}

/// What changes of an endpoint. What is left out stays.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndpointPatch {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<NoticeTypeSchema>>, min_items = 1)]
    types: Option<Vec<String>>,
    /// `false` goes on where it stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    paused: Option<bool>,
}

/// An endpoint that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewEndpoint {
    #[serde(flatten)]
    about: EndpointView,
    /// What its deliveries are signed with. Shown this once; absent when the request was repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// A delivery of nothing, on its way.
#[derive(Serialize, ToSchema)]
pub(crate) struct TestSent {
    delivery_id: Uuid,
}

impl Version for EndpointView {
    fn version(&self) -> i64 {
        self.version
    }
}

impl From<Endpoint> for EndpointView {
    fn from(endpoint: Endpoint) -> Self {
        Self {
            id: endpoint.id,
            url: endpoint.url,
            types: endpoint.types,
            paused: endpoint.paused_at.is_some(),
            paused_why: endpoint.paused_why.map(PauseCause::word),
            paused_at: endpoint.paused_at.map(Moment::from),
            failing_since: endpoint.failing_since.map(Moment::from),
            last_accepted_at: endpoint.last_accepted_at.map(Moment::from),
            waiting: endpoint.waiting,
            oldest_waiting_at: endpoint.oldest_waiting_at.map(Moment::from),
            old_secret_until: endpoint.old_secret_until.map(Moment::from),
            version: endpoint.version,
            created_at: endpoint.created_at.into(),
        }
    }
}

/// Endpoints of webhooks
#[utoipa::path(get, path = "/api/v1/admin/webhooks/endpoints", tag = "admin: webhooks", security(("api_token" = [])),
    responses((status = 200, body = EndpointList), AdminReadProblems))]
pub(crate) async fn list(State(pool): State<PgPool>, _: MayRead) -> Result<Reply<EndpointList>, ApiError> {
    let endpoints = endpoints::list(&pool).await?;
    Ok(Reply(EndpointList { endpoints: endpoints.into_iter().map(EndpointView::from).collect() }))
}

/// One endpoint
#[utoipa::path(get, path = "/api/v1/admin/webhooks/endpoints/{id}", tag = "admin: webhooks",
    security(("api_token" = [])), params(("id" = Uuid, Path, description = "The endpoint")),
    responses((status = 200, body = EndpointView, headers(("ETag" = String, description = "Its version"))),
              AdminReadProblems))]
pub(crate) async fn show(
    State(pool): State<PgPool>,
    _: MayRead,
    Path(id): Path<Uuid>,
) -> Result<Versioned<EndpointView>, ApiError> {
    find(&pool, id).await.map(Versioned)
}

/// Make an endpoint
///
/// It is told what happens from now on. Its secret is shown in the answer, and never again.
#[utoipa::path(post, path = "/api/v1/admin/webhooks/endpoints", tag = "admin: webhooks",
    security(("api_token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating it makes nothing more")),
    request_body = EndpointSpec, responses((status = 201, body = NewEndpoint), AdminProblems))]
pub(crate) async fn create(
    State(pool): State<PgPool>,
    State(permitted): State<Arc<Permitted>>,
    MayOwn(admin): MayOwn,
    key: MaybeIdempotencyKey,
    body: Json<EndpointSpec>,
) -> Result<(StatusCode, Reply<NewEndpoint>), ApiError> {
    let spec = &body.value;
    check_url(&permitted, &spec.url)?;
    let types = types_of(&spec.types)?;
    let (id, (shown, secret)) = (Uuid::now_v7(), new_secret());
    let mut transaction = pool.begin().await?;
    if let Repeat::Of(id) = repeat::claim(&mut transaction, &admin, &key, "endpoints", &body.bytes, id).await? {
        transaction.rollback().await?;
        let about = find(&pool, id).await?;
        return Ok((StatusCode::CREATED, Reply(NewEndpoint { about, secret: None })));
    }
    endpoints::insert(&mut transaction, id, &spec.url, &types, &secret).await?;
    if endpoints::count(&mut transaction).await? > ENDPOINTS_MAX {
        return Err(Kind::Conflict.because(format!("there are {ENDPOINTS_MAX} endpoints: remove what nobody uses")));
    }
    let detail = json!({ "url": spec.url, "types": spec.types });
    audit::record(&mut transaction, &admin, "endpoint.create", id, detail).await?;
    transaction.commit().await?;
    let about = find(&pool, id).await?;
    Ok((StatusCode::CREATED, Reply(NewEndpoint { about, secret: Some(shown) })))
}

/// Change an endpoint
///
/// What waits goes to the address that it has then. Of new types it is told what happens from now on. An endpoint that
/// is resumed goes on where it stopped.
#[utoipa::path(patch, path = "/api/v1/admin/webhooks/endpoints/{id}", tag = "admin: webhooks",
    security(("api_token" = [])),
    params(("id" = Uuid, Path, description = "The endpoint"),
           ("If-Match" = String, Header, description = "The `ETag` of what was read; `*` for whatever is there")),
    request_body = EndpointPatch,
    responses((status = 200, body = EndpointView, headers(("ETag" = String, description = "Its version"))),
              ReplaceProblems))]
pub(crate) async fn update(
    State(pool): State<PgPool>,
    State(permitted): State<Arc<Permitted>>,
    MayOwn(admin): MayOwn,
    Path(id): Path<Uuid>,
    read: IfMatch,
    body: Json<EndpointPatch>,
) -> Result<Versioned<EndpointView>, ApiError> {
    let patch = &body.value;
    patch.url.as_deref().map_or(Ok(()), |url| check_url(&permitted, url))?;
    let types = patch.types.as_deref().map(types_of).transpose()?;
    let before = find(&pool, id).await?;
    let mut transaction = pool.begin().await?;
    let (present, _) = lock(&mut transaction, id).await?;
    read.check(present)?;
    let mut changed = Value::Null;
    if before.version == present {
        changed = changes::by(&before, patch).map_err(ApiError::internal)?;
    }
    let version = endpoints::update(&mut transaction, id, patch.url.as_deref(), types.as_deref()).await?;
    match patch.paused {
        Some(true) => endpoints::pause(&mut transaction, id).await?,
        Some(false) => endpoints::resume(&mut transaction, id).await?,
        None => {}
    }
    let detail = json!({ "changed": patch, "changes": changed, "version": version });
    audit::record(&mut transaction, &admin, "endpoint.update", id, detail).await?;
    transaction.commit().await?;
    find(&pool, id).await.map(Versioned)
}

/// Remove an endpoint
///
/// With its secret, and what it was and is still to be told.
#[utoipa::path(delete, path = "/api/v1/admin/webhooks/endpoints/{id}", tag = "admin: webhooks",
    security(("api_token" = [])), params(("id" = Uuid, Path, description = "The endpoint")),
    responses((status = 204), AdminProblems))]
pub(crate) async fn remove(
    State(pool): State<PgPool>,
    MayOwn(admin): MayOwn,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, ApiError> {
    let mut transaction = pool.begin().await?;
    let url = endpoints::remove(&mut transaction, id).await?.ok_or_else(unknown)?;
    audit::record(&mut transaction, &admin, "endpoint.remove", id, json!({ "url": url })).await?;
    transaction.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Try an endpoint
///
/// Sends it a notice of type `endpoint.test`, in which nothing has happened.
#[utoipa::path(post, path = "/api/v1/admin/webhooks/endpoints/{id}/test", tag = "admin: webhooks",
    security(("api_token" = [])), params(("id" = Uuid, Path, description = "The endpoint")),
    responses((status = 202, body = TestSent), AdminProblems))]
pub(crate) async fn test(
    State(pool): State<PgPool>,
    MayRun(admin): MayRun,
    Path(id): Path<Uuid>,
) -> Result<(StatusCode, Reply<TestSent>), ApiError> {
    let mut transaction = pool.begin().await?;
    let (_, is_paused) = lock(&mut transaction, id).await?;
    if is_paused {
        return Err(Kind::Conflict.because("the endpoint is paused: it would not be told"));
    }
    let now = record::events::now(&mut transaction).await?;
    let delivery_id = record::notices::test(&mut transaction, id, now).await?;
    audit::record(&mut transaction, &admin, "endpoint.test", id, json!({ "delivery_id": delivery_id })).await?;
    transaction.commit().await?;
    Ok((StatusCode::ACCEPTED, Reply(TestSent { delivery_id })))
}

fn check_url(permitted: &Permitted, url: &str) -> Result<(), ApiError> {
    permitted.problem(url).map_or(Ok(()), |problem| Err(Kind::Invalid.because(format!("url: {problem}"))))
}

/// Locks an endpoint: its version, and whether it is paused.
pub(super) async fn lock(transaction: &mut PgConnection, id: Uuid) -> Result<(i64, bool), ApiError> {
    endpoints::lock(transaction, id).await?.ok_or_else(unknown)
}

pub(super) async fn find(pool: &PgPool, id: Uuid) -> Result<EndpointView, ApiError> {
    endpoints::find(pool, id).await?.map(EndpointView::from).ok_or_else(unknown)
}

fn unknown() -> ApiError {
    Kind::NotFound.because("no such endpoint")
}
