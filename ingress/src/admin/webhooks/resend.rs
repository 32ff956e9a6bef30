//! Sending again: one delivery, or a range of an endpoint's.

use axum::Json as Reply;
use axum::extract::State;
use axum::http::StatusCode;
use record::PgPool;
use record::deliveries::{self, Range};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::deliveries::{DeliveryDetail, find};
use super::endpoints::lock;
use crate::admin::audit;
use crate::auth::MayRun;
use crate::extract::{Json, Path};
use crate::moment::Moment;
use crate::problems::{AdminProblems, ApiError, Kind};

/// Deliveries that one call sends again.
const RESENT_MAX: i64 = 10_000;

/// Which deliveries of an endpoint: those that were accepted or given up.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResendRange {
    /// Of what happened then or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Moment>,
    /// Of what happened before then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Moment>,
    /// Only what was given up.
    #[serde(default)]
    given_up_only: bool,
}

/// What is sent again.
#[derive(Serialize, ToSchema)]
pub(crate) struct Resent {
    /// How many deliveries.
    resent: u64,
}

/// Send a delivery again
///
/// With the same `webhook-id` and body. One that waits is tried at once.
#[utoipa::path(post, path = "/api/v1/admin/webhooks/deliveries/{id}/resend", tag = "admin: webhooks",
    security(("api_token" = [])), params(("id" = Uuid, Path, description = "The delivery")),
    responses((status = 202, body = DeliveryDetail), AdminProblems))]
pub(crate) async fn one(
    State(pool): State<PgPool>,
    MayRun(admin): MayRun,
    Path(id): Path<Uuid>,
) -> Result<(StatusCode, Reply<DeliveryDetail>), ApiError> {
    let mut transaction = pool.begin().await?;
    let endpoint = deliveries::resend(&mut transaction, id).await?;
    let endpoint = endpoint.ok_or_else(|| Kind::NotFound.because("no such delivery, or it was forgotten"))?;
    audit::record(&mut transaction, &admin, "delivery.resend", id, json!({ "endpoint_id": endpoint })).await?;
    transaction.commit().await?;
    Ok((StatusCode::ACCEPTED, Reply(find(&pool, id).await?)))
}

/// Send a range of deliveries again
///
/// Of one endpoint, in the order in which they were written for each reservation; at most 10,000 with one call.
#[utoipa::path(post, path = "/api/v1/admin/webhooks/endpoints/{id}/resend", tag = "admin: webhooks",
    security(("api_token" = [])), params(("id" = Uuid, Path, description = "The endpoint")),
    request_body = ResendRange, responses((status = 202, body = Resent), AdminProblems))]
pub(crate) async fn range(
    State(pool): State<PgPool>,
    MayRun(admin): MayRun,
    Path(endpoint): Path<Uuid>,
    body: Json<ResendRange>,
) -> Result<(StatusCode, Reply<Resent>), ApiError> {
    let asked = &body.value;
    let range = Range {
        endpoint,
        from: asked.from.map(Moment::utc),
        until: asked.until.map(Moment::utc),
        given_up_only: asked.given_up_only,
    };
    let mut transaction = pool.begin().await?;
    lock(&mut transaction, endpoint).await?;
    if deliveries::count(&mut transaction, range, RESENT_MAX).await? > RESENT_MAX {
        let detail = format!("more than {RESENT_MAX} deliveries: ask for a shorter time");
        return Err(Kind::Invalid.because(detail));
    }
    let resent = deliveries::resend_range(&mut transaction, range).await?;
    let detail = json!({ "range": asked, "resent": resent });
    audit::record(&mut transaction, &admin, "endpoint.resend", endpoint, detail).await?;
    transaction.commit().await?;
    Ok((StatusCode::ACCEPTED, Reply(Resent { resent })))
}
