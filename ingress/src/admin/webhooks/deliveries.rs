//! Deliveries: what endpoints were told, and what they answered.

use axum::Json as Reply;
use axum::extract::State;
use record::PgPool;
use record::deliveries::{self, Filter, Listed, Shown, Try};
use sale::notice::{DeliveryState, NoticeType};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::admin::audit::page_length;
use crate::auth::MayRead;
use crate::extract::{Path, Query};
use crate::moment::Moment;
use crate::problems::{AdminReadProblems, ApiError, Kind};

/// Which deliveries, and which page of them.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveryParams {
    /// To this endpoint.
    endpoint: Option<Uuid>,
    /// `waiting`, `accepted` or `given_up`.
    state: Option<String>,
    /// Such as `order.paid`.
    r#type: Option<String>,
    /// About this reservation or sale.
    subject: Option<Uuid>,
    /// About this sale, or a reservation or an order of it.
    event: Option<Uuid>,
    /// Only what comes after this delivery in the list: the last of the page before.
    before: Option<Uuid>,
    /// At most so many.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// A notice on its way to one endpoint.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeliveryView {
    id: Uuid,
    endpoint_id: Uuid,
    /// The `webhook-id`: the same for all endpoints and all tries.
    notice_id: Uuid,
    /// Such as `order.paid`.
    r#type: &'static str,
    /// The reservation, the sale or the endpoint that it is about.
    subject: Uuid,
    /// `waiting`, `accepted` or `given_up`.
    state: &'static str,
    /// Tries since it was last asked for.
    tries: i32,
    /// When what it tells happened.
    at: Moment,
    /// When it is tried next; later, while one of the same subject waits before it, or the endpoint is paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_try_at: Option<Moment>,
    /// When it was accepted or given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Moment>,
    /// The status that was answered last.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_status: Option<i32>,
    /// Why the last try was not accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
}

/// Deliveries.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeliveryPage {
    /// The latest written first.
    deliveries: Vec<DeliveryView>,
}

/// One call of an endpoint.
#[derive(Serialize, ToSchema)]
pub(crate) struct TryView {
    at: Moment,
    duration_ms: i64,
    /// Of the answer; absent when there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<i32>,
    /// The beginning of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
    /// Why it was not accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// A delivery, with what was sent and answered.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeliveryDetail {
    #[serde(flatten)]
    about: DeliveryView,
    /// What is sent, to the byte.
    body: String,
    /// The latest first, and of many the latest hundred.
    tries_made: Vec<TryView>,
}

impl From<Listed> for DeliveryView {
    fn from(listed: Listed) -> Self {
        Self {
            id: listed.id,
            endpoint_id: listed.endpoint,
            notice_id: listed.notice,
            r#type: listed.kind.word(),
            subject: listed.subject,
            state: listed.state.word(),
            tries: listed.tries,
            at: listed.at.into(),
            next_try_at: listed.next_try_at.map(Moment::from),
            ended_at: listed.ended_at.map(Moment::from),
            last_status: listed.last_status,
            last_error: listed.last_error,
        }
    }
}

impl From<Try> for TryView {
    fn from(Try { at, duration_ms, status, answer, error }: Try) -> Self {
        Self { at: at.into(), duration_ms, status, answer, error }
    }
}

impl From<Shown> for DeliveryDetail {
    fn from(shown: Shown) -> Self {
        let tries_made = shown.tries.into_iter().map(TryView::from).collect();
        Self { about: shown.about.into(), body: shown.body, tries_made }
    }
}

/// Deliveries of webhooks
///
/// Those that every endpoint has accepted are forgotten after a week, all others after thirty days.
#[utoipa::path(get, path = "/api/v1/admin/webhooks/deliveries", tag = "admin: webhooks",
    security(("api_token" = [])), params(DeliveryParams),
    responses((status = 200, body = DeliveryPage), AdminReadProblems))]
pub(crate) async fn list(
    State(pool): State<PgPool>,
    _: MayRead,
    Query(params): Query<DeliveryParams>,
) -> Result<Reply<DeliveryPage>, ApiError> {
    let DeliveryParams { endpoint, state, r#type, subject, event: sale, before, limit } = params;
    let state = state.as_deref().map(DeliveryState::of_word).transpose();
    let state = state.map_err(|unknown| Kind::Invalid.because(format!("state: one of {}", unknown.known)))?;
    let kind = r#type.as_deref().map(NoticeType::of_word).transpose();
    let kind = kind.map_err(|unknown| Kind::Invalid.because(format!("type: one of {}", unknown.known)))?;
    let limit = page_length(limit)?;
    let after = match before {
        None => None,
        Some(before) => {
            let place = deliveries::cursor_of(&pool, before).await?;
            Some(place.ok_or_else(|| Kind::Invalid.because("before: the id of the last delivery of the page before"))?)
        }
    };
    let listed = deliveries::page(&pool, &Filter { endpoint, state, kind, subject, sale }, after, limit).await?;
    Ok(Reply(DeliveryPage { deliveries: listed.into_iter().map(DeliveryView::from).collect() }))
}

/// One delivery, with what was sent and what was answered
#[utoipa::path(get, path = "/api/v1/admin/webhooks/deliveries/{id}", tag = "admin: webhooks",
    security(("api_token" = [])), params(("id" = Uuid, Path, description = "The delivery")),
    responses((status = 200, body = DeliveryDetail), AdminReadProblems))]
pub(crate) async fn show(
    State(pool): State<PgPool>,
    _: MayRead,
    Path(id): Path<Uuid>,
) -> Result<Reply<DeliveryDetail>, ApiError> {
    find(&pool, id).await.map(Reply)
}

pub(super) async fn find(pool: &PgPool, id: Uuid) -> Result<DeliveryDetail, ApiError> {
    let shown = deliveries::show(pool, id).await?;
    shown.map(DeliveryDetail::from).ok_or_else(|| Kind::NotFound.because("no such delivery, or it was forgotten"))
}
