//! Orders: listing them, and giving money back.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgPool;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::audit::{self, PAGE_MAX};
use super::text;
use crate::auth::{Owner, Viewer};
use crate::extract::{Json, Path, Query};
use crate::problems::{AdminProblems, AdminReadProblems, ApiError, Kind};
use crate::state::App;

const PAGE: i64 = 50;
const STATES: [&str; 5] = ["pending", "paid", "failed", "cancelled", "refunded"];

/// Which orders.
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OrderParams {
    /// Of this event.
    event: Option<Uuid>,
    /// `pending`, `paid`, `failed`, `cancelled` or `refunded`.
    state: Option<String>,
    /// An order number, a SKU, or the id of a shopper, a reservation or an order.
    q: Option<String>,
    /// Only what comes after this order in the list: the last of the page before.
    pub(super) before: Option<Uuid>,
    /// At most so many.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// An order, as admins see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AdminOrder {
    pub(super) order_id: Uuid,
    number: String,
    event_id: Uuid,
    reservation_id: Uuid,
    shopper_id: Uuid,
    sku: String,
    quantity: i32,
    total_minor: i64,
    currency: String,
    /// `pending`, `paid`, `failed`, `cancelled` or `refunded`.
    state: String,
    payment_id: Option<Uuid>,
    /// `requested`, `refunded` or `failed`, when a refund was asked for.
    refund_state: Option<String>,
    created_at: DateTime<Utc>,
    paid_at: Option<DateTime<Utc>>,
}

/// Orders.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderPage {
    /// The latest first.
    orders: Vec<AdminOrder>,
}

/// Why money goes back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundRequest {
    reason: String,
}

/// A refund.
#[derive(Serialize, ToSchema)]
pub(crate) struct RefundView {
    refund_id: Uuid,
    order_id: Uuid,
    amount_minor: i64,
    currency: String,
    reason: String,
    /// `requested`, `refunded` or `failed`.
    state: String,
}

impl OrderParams {
    pub(super) fn check(&self) -> Result<(), ApiError> {
        if let Some(q) = &self.q {
            text::check("q", q, 1, 100)?;
        }
        match &self.state {
            Some(state) if !STATES.contains(&state.as_str()) => {
                Err(Kind::Invalid.because(format!("state: one of {}", STATES.join(", "))))
            }
            _ => Ok(()),
        }
    }
}

/// Orders
#[utoipa::path(get, path = "/api/v1/admin/orders", tag = "admin: orders", security(("api_token" = [])),
    params(OrderParams), responses((status = 200, body = OrderPage), AdminReadProblems))]
pub(crate) async fn list(
    State(app): State<App>,
    _: Viewer,
    Query(which): Query<OrderParams>,
) -> Result<Answer<OrderPage>, ApiError> {
    which.check()?;
    let limit = which.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    Ok(Answer(OrderPage { orders: page(&app.postgres, &which, limit).await? }))
}

/// One page of orders, the latest first. Ids are made in the order of time.
pub(super) async fn page(pool: &PgPool, which: &OrderParams, limit: i64) -> sqlx::Result<Vec<AdminOrder>> {
    let id = which.q.as_deref().and_then(|q| Uuid::try_parse(q.trim()).ok());
    sqlx::query_as!(
        AdminOrder,
        r#"SELECT o.id AS order_id, o.number, o.event_id, o.reservation_id, o.shopper_id, o.sku, o.quantity,
                  o.total_minor, o.currency, o.state, o.payment_id, r.state AS "refund_state?", o.created_at, o.paid_at
           FROM orders o LEFT JOIN refunds r ON r.order_id = o.id
           WHERE ($1::uuid IS NULL OR o.event_id = $1)
             AND ($2::text IS NULL OR o.state = $2)
             AND ($3::text IS NULL OR o.number = $3 OR o.sku = $3
                  OR $4::uuid IN (o.id, o.shopper_id, o.reservation_id))
             AND ($5::uuid IS NULL OR o.id < $5)
           ORDER BY o.id DESC LIMIT $6"#,
        which.event,
        which.state,
        which.q.as_deref().map(str::trim),
        id,
        which.before,
        limit
    )
    .fetch_all(pool)
    .await
}

/// Refund an order
///
/// All of it. The order-worker carries it out; asking again answers with the refund there is.
#[utoipa::path(post, path = "/api/v1/admin/orders/{order}/refund", tag = "admin: orders",
    security(("api_token" = [])), params(("order" = Uuid, Path, description = "The order")),
    request_body = RefundRequest, responses((status = 202, body = RefundView), AdminProblems))]
pub(crate) async fn refund(
    State(app): State<App>,
    Owner(admin): Owner,
    Path(order): Path<Uuid>,
    body: Json<RefundRequest>,
) -> Result<(StatusCode, Answer<RefundView>), ApiError> {
    let reason = &body.value.reason;
    text::check("reason", reason, 1, 500)?;
    let mut transaction = app.postgres.begin().await?;
    let found =
        sqlx::query!("SELECT state, total_minor, currency, payment_id FROM orders WHERE id = $1 FOR UPDATE", order)
            .fetch_optional(&mut *transaction)
            .await?
            .ok_or_else(|| Kind::NotFound.because("no such order"))?;
    let earlier = sqlx::query!("SELECT id, amount_minor, reason, state FROM refunds WHERE order_id = $1", order)
        .fetch_optional(&mut *transaction)
        .await?;
    if let Some(earlier) = earlier {
        transaction.rollback().await?;
        let refund = RefundView {
            refund_id: earlier.id,
            order_id: order,
            amount_minor: earlier.amount_minor,
            currency: found.currency,
            reason: earlier.reason,
            state: earlier.state,
        };
        return Ok((StatusCode::ACCEPTED, Answer(refund)));
    }
    let Some(payment) = found.payment_id.filter(|_| found.state == "paid" && found.total_minor > 0) else {
        return Err(Kind::Conflict.because("only a paid order can be refunded"));
    };
    let refund_id = Uuid::now_v7();
    sqlx::query!(
        "INSERT INTO refunds (id, order_id, payment_id, amount_minor, reason) VALUES ($1, $2, $3, $4, $5)",
        refund_id,
        order,
        payment,
        found.total_minor,
        reason
    )
    .execute(&mut *transaction)
    .await?;
    let detail = json!({ "reason": reason, "amount_minor": found.total_minor, "refund_id": refund_id });
    audit::record(&mut transaction, &admin, "order.refund", order, detail).await?;
    sqlx::query!("SELECT pg_notify('payments', '')").execute(&mut *transaction).await?;
    transaction.commit().await?;
    let refund = RefundView {
        refund_id,
        order_id: order,
        amount_minor: found.total_minor,
        currency: found.currency,
        reason: reason.clone(),
        state: "requested".to_owned(),
    };
    Ok((StatusCode::ACCEPTED, Answer(refund)))
}
