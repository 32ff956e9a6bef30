//! Secrets of endpoints: made here, shown once, changed with an overlap.

use std::time::Duration;

use axum::Json as Reply;
use axum::extract::State;
use record::PgPool;
use record::endpoints;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::endpoints::{EndpointView, find, lock};
use super::new_secret;
use crate::admin::audit;
use crate::auth::MayOwn;
use crate::extract::{Json, Path};
use crate::problems::{AdminProblems, ApiError, Kind};

/// How long the secret before goes on signing, unless something else is asked for, and at most.
const OVERLAP_S: u64 = 86_400;
const OVERLAP_S_MAX: u64 = 7 * 86_400;

/// How secrets are changed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rotation {
    /// For so long both secrets sign; a day, if left out. With 0 the one before is of no use from now on.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 604_800)]
    overlap_seconds: Option<u64>,
}

/// A secret that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewSecret {
    /// Shown this once.
    secret: String,
    endpoint: EndpointView,
}

/// Give an endpoint a new secret
///
/// For a while deliveries are signed with both, so that no receiver has to change at the same moment.
#[utoipa::path(post, path = "/api/v1/admin/webhooks/endpoints/{id}/rotate", tag = "admin: webhooks",
    security(("api_token" = [])), params(("id" = Uuid, Path, description = "The endpoint")),
    request_body = Rotation, responses((status = 200, body = NewSecret), AdminProblems))]
pub(crate) async fn rotate(
    State(pool): State<PgPool>,
    MayOwn(admin): MayOwn,
    Path(id): Path<Uuid>,
    body: Json<Rotation>,
) -> Result<Reply<NewSecret>, ApiError> {
    let overlap_s = body.value.overlap_seconds.unwrap_or(OVERLAP_S);
    if overlap_s > OVERLAP_S_MAX {
        return Err(Kind::Invalid.because(format!("overlap_seconds: from 0 to {OVERLAP_S_MAX}")));
    }
    let (shown, secret) = new_secret();
    let mut transaction = pool.begin().await?;
    lock(&mut transaction, id).await?;
    let version = endpoints::rotate(&mut transaction, id, &secret, Duration::from_secs(overlap_s)).await?;
    let detail = json!({ "overlap_seconds": overlap_s, "version": version });
    audit::record(&mut transaction, &admin, "endpoint.rotate", id, detail).await?;
    transaction.commit().await?;
    Ok(Reply(NewSecret { secret: shown, endpoint: find(&pool, id).await? }))
}
