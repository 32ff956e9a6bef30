//! Series of sales: of how many units in all their sales together one shopper may have.

use std::sync::Arc;

use axum::Json as Reply;
use axum::extract::State;
use axum::http::StatusCode;
use record::series::{self, Member, Series};
use record::{PgConnection, PgPool};
use sale::definition::{NAME_LENGTH_MAX, PER_SHOPPER_MAX};
use sale::ids::SeriesId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::audit::{self, PageParams};
use super::repeat::{self, Repeat};
use super::{changes, text};
use crate::auth::{MayRead, MayRun};
use crate::control::Control;
use crate::extract::{IfMatch, Json, MaybeIdempotencyKey, Path, Query, Version, Versioned};
use crate::moment::Moment;
use crate::problems::{AdminProblems, AdminReadProblems, ApiError, Kind, ReplaceProblems};

/// A series of sales.
#[derive(Serialize, ToSchema)]
pub(crate) struct SeriesView {
    id: Uuid,
    name: String,
    /// Units one shopper may hold, have bought or be waiting for in all its sales together.
    per_shopper_max: i32,
    /// Raised by every change; as `ETag`, and for `If-Match`.
    version: i64,
    created_at: Moment,
    updated_at: Moment,
    /// Its sales, in the order of their opening.
    events: Vec<MemberView>,
}

/// A sale of a series.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberView {
    id: Uuid,
    name: String,
    /// False for a draft.
    scheduled: bool,
    opens_at: Moment,
    /// Units that shoppers hold, bought or wait for in it; those of a round that is being decided may be among them.
    claimed_units: u64,
}

impl Version for SeriesView {
    fn version(&self) -> i64 {
        self.version
    }
}

/// Series.
#[derive(Serialize, ToSchema)]
pub(crate) struct SeriesList {
    /// The latest first.
    series: Vec<SeriesView>,
}

/// A new series.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeriesSpec {
    /// Shown to shoppers.
    name: String,
    /// Units one shopper may hold, have bought or be waiting for in all its sales together.
    per_shopper_max: i32,
}

/// What changes of a series.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeriesPatch {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Only more, once any of its sales is scheduled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    per_shopper_max: Option<i32>,
}

/// Series of sales
#[utoipa::path(get, path = "/api/v1/admin/series", tag = "admin: sales", security(("api_token" = [])),
    params(PageParams), responses((status = 200, body = SeriesList), AdminReadProblems))]
pub(crate) async fn list(
    State(pool): State<PgPool>,
    _: MayRead,
    Query(page): Query<PageParams>,
) -> Result<Reply<SeriesList>, ApiError> {
    let listed = series::list(&pool, page.before, page.limit()?).await?;
    Ok(Reply(SeriesList { series: with_members(&pool, listed).await? }))
}

/// One series
#[utoipa::path(get, path = "/api/v1/admin/series/{id}", tag = "admin: sales", security(("api_token" = [])),
    params(("id" = Uuid, Path, description = "The series")),
    responses((status = 200, body = SeriesView, headers(("ETag" = String, description = "Its version"))),
              AdminReadProblems))]
pub(crate) async fn show(
    State(pool): State<PgPool>,
    _: MayRead,
    Path(id): Path<SeriesId>,
) -> Result<Versioned<SeriesView>, ApiError> {
    view(&pool, id).await.map(Versioned)
}

/// Create a series
///
/// Sales come to it by their `series_id`, as long as they are drafts. With the same `Idempotency-Key`, the same series is answered
/// again.
#[utoipa::path(post, path = "/api/v1/admin/series", tag = "admin: sales", security(("api_token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating it creates nothing more")),
    request_body = SeriesSpec, responses((status = 201, body = SeriesView), AdminProblems))]
pub(crate) async fn create(
    State(pool): State<PgPool>,
    MayRun(admin): MayRun,
    key: MaybeIdempotencyKey,
    body: Json<SeriesSpec>,
) -> Result<(StatusCode, Versioned<SeriesView>), ApiError> {
    let spec = &body.value;
    check(Some(&spec.name), Some(spec.per_shopper_max))?;
    let id = Uuid::now_v7();
    let mut transaction = pool.begin().await?;
    if let Repeat::Of(id) = repeat::claim(&mut transaction, &admin, &key, "series", &body.bytes, id).await? {
        transaction.rollback().await?;
        return Ok((StatusCode::CREATED, Versioned(view(&pool, SeriesId(id)).await?)));
    }
    series::insert(&mut transaction, SeriesId(id), &spec.name, spec.per_shopper_max).await?;
    audit::record(&mut transaction, &admin, "series.create", id, json!({ "spec": spec, "version": 1 })).await?;
    transaction.commit().await?;
    Ok((StatusCode::CREATED, Versioned(view(&pool, SeriesId(id)).await?)))
}

/// Change a series
///
/// What is left out stays. Once any of its sales is scheduled, one shopper may have more, not less: somebody may have as much
/// already. `If-Match` says which version was read.
#[utoipa::path(patch, path = "/api/v1/admin/series/{id}", tag = "admin: sales", security(("api_token" = [])),
    params(("id" = Uuid, Path, description = "The series"),
           ("If-Match" = String, Header, description = "The `ETag` of what was read; `*` for whatever is there")),
    request_body = SeriesPatch,
    responses((status = 200, body = SeriesView, headers(("ETag" = String, description = "Its version"))),
              ReplaceProblems))]
pub(crate) async fn update(
    State(control): State<Arc<Control>>,
    MayRun(admin): MayRun,
    Path(id): Path<SeriesId>,
    read: IfMatch,
    body: Json<SeriesPatch>,
) -> Result<Versioned<SeriesView>, ApiError> {
    let patch = &body.value;
    check(patch.name.as_deref(), patch.per_shopper_max)?;
    let before = view(&control.postgres, id).await?;
    let mut transaction = control.postgres.begin().await?;
    let present = series::lock(&mut transaction, id).await?.ok_or_else(no_such_series)?;
    read.check(present.version)?;
    if present.is_on && patch.per_shopper_max.is_some_and(|max| max < present.per_shopper_max) {
        let detail =
            "per_shopper_max: only more, once any of its sales is scheduled; somebody may have as much already";
        return Err(Kind::Conflict.because(detail));
    }
    let mut changed = Value::Null;
    if before.version == present.version {
        changed = changes::by(&before, patch).map_err(ApiError::internal)?;
    }
    let version = series::update(&mut transaction, id, patch.name.as_deref(), patch.per_shopper_max).await?;
    let touched = series::touch_sales(&mut transaction, id).await?;
    for (event, version) in &touched {
        let detail = json!({ "series_id": id, "changed": patch, "changes": changed, "version": version });
        audit::record(&mut transaction, &admin, "event.series", event, detail).await?;
    }
    let detail = json!({ "changed": patch, "changes": changed, "version": version });
    audit::record(&mut transaction, &admin, "series.update", id, detail).await?;
    transaction.commit().await?;
    touched.iter().for_each(|(event, _)| control.nudges.changed(*event));
    view(&control.postgres, id).await.map(Versioned)
}

/// Checks that there is the series that a sale is to belong to, if it is to.
pub(super) async fn check_there_is(transaction: &mut PgConnection, id: Option<SeriesId>) -> Result<(), ApiError> {
    match id {
        Some(id) if !series::exists(transaction, id).await? => Err(Kind::Invalid.because("series_id: no such series")),
        _ => Ok(()),
    }
}

fn check(name: Option<&str>, per_shopper_max: Option<i32>) -> Result<(), ApiError> {
    if let Some(name) = name {
        text::check_line("name", name, 1, NAME_LENGTH_MAX)?;
    }
    if per_shopper_max.is_some_and(|max| !(1..=PER_SHOPPER_MAX).contains(&max)) {
        return Err(Kind::Invalid.because(format!("per_shopper_max: from 1 to {PER_SHOPPER_MAX}")));
    }
    Ok(())
}

fn no_such_series() -> ApiError {
    Kind::NotFound.because("no such series")
}

async fn view(pool: &PgPool, id: SeriesId) -> Result<SeriesView, ApiError> {
    let found = series::find(pool, id).await?.ok_or_else(no_such_series)?;
    with_members(pool, vec![found]).await?.pop().ok_or_else(no_such_series)
}

async fn with_members(pool: &PgPool, listed: Vec<Series>) -> Result<Vec<SeriesView>, ApiError> {
    let ids: Vec<SeriesId> = listed.iter().map(|series| series.id).collect();
    let mut members = series::members(pool, &ids).await?;
    let views = listed.into_iter().map(|Series { id, name, per_shopper_max, version, created_at, updated_at }| {
        let events = members.remove(&id).unwrap_or_default().into_iter().map(MemberView::from).collect();
        let (created_at, updated_at) = (created_at.into(), updated_at.into());
        SeriesView { id: id.0, name, per_shopper_max, version, created_at, updated_at, events }
    });
    Ok(views.collect())
}

impl From<Member> for MemberView {
    fn from(member: Member) -> Self {
        Self {
            id: member.event.0,
            name: member.name,
            scheduled: member.scheduled,
            opens_at: member.opens_at.into(),
            claimed_units: member.claimed,
        }
    }
}
