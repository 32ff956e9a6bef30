//! Listing orders.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::audit::page_length;
use super::text;
use crate::auth::Viewer;
use crate::extract::Query;
use crate::ledger::ORDER_STATES;
use crate::problems::{AdminReadProblems, ApiError, Kind};
use crate::state::App;

/// Which orders, and which page of them.
#[derive(Deserialize, IntoParams)]
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
    before: Option<Uuid>,
    /// At most so many.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// Which orders.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Filter {
    pub(super) event: Option<Uuid>,
    pub(super) state: Option<String>,
    pub(super) q: Option<String>,
}

/// A place in the list of orders: what comes after it is older.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    created_at: DateTime<Utc>,
    order: Uuid,
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
    /// `requested`, `pending`, `refunded` or `failed`: the latest refund, when one was asked for.
    refund_state: Option<String>,
    /// Why that refund failed, or what holds it up.
    refund_failure: Option<String>,
    /// Whether its units return to the sale: `asked` (they follow the money), `under_way`, `done`, or nothing.
    put_back: Option<String>,
    created_at: DateTime<Utc>,
    paid_at: Option<DateTime<Utc>>,
}

/// Orders.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderPage {
    /// The latest first.
    orders: Vec<AdminOrder>,
}

impl Filter {
    pub(super) fn check(&self) -> Result<(), ApiError> {
        if let Some(q) = &self.q {
            text::check("q", q, 1, 100)?;
        }
        match &self.state {
            Some(state) if !ORDER_STATES.contains(&state.as_str()) => {
                Err(Kind::Invalid.because(format!("state: one of {}", ORDER_STATES.join(", "))))
            }
            _ => Ok(()),
        }
    }
}

impl Place {
    /// The place of an order.
    pub(super) async fn of(pool: &PgPool, order: Uuid) -> Result<Self, ApiError> {
        let created_at = sqlx::query_scalar!("SELECT created_at FROM orders WHERE id = $1", order);
        match created_at.fetch_optional(pool).await? {
            Some(created_at) => Ok(Self { created_at, order }),
            None => Err(Kind::Invalid.because("before: the order_id of the last order of the page before")),
        }
    }
}

impl From<&AdminOrder> for Place {
    fn from(order: &AdminOrder) -> Self {
        Self { created_at: order.created_at, order: order.order_id }
    }
}

/// Orders
#[utoipa::path(get, path = "/api/v1/admin/orders", tag = "admin: orders", security(("api_token" = [])),
    params(OrderParams), responses((status = 200, body = OrderPage), AdminReadProblems))]
pub(crate) async fn list(
    State(app): State<App>,
    _: Viewer,
    Query(OrderParams { event, state, q, before, limit }): Query<OrderParams>,
) -> Result<Json<OrderPage>, ApiError> {
    let filter = Filter { event, state, q };
    filter.check()?;
    let after = match before {
        Some(order) => Some(Place::of(&app.postgres, order).await?),
        None => None,
    };
    let limit = page_length(limit)?;
    Ok(Json(OrderPage { orders: page(&app.postgres, &filter, after, limit).await? }))
}

/// One page of orders, the latest first: by the time at which they were made, so that a new one never is on a
/// later page.
pub(super) async fn page(
    pool: &PgPool,
    filter: &Filter,
    after: Option<Place>,
    limit: i64,
) -> sqlx::Result<Vec<AdminOrder>> {
    let id = filter.q.as_deref().and_then(|q| Uuid::try_parse(q.trim()).ok());
    sqlx::query_as!(
        AdminOrder,
        r#"SELECT o.id AS order_id, o.number, o.event_id, o.reservation_id, o.shopper_id, o.sku, o.quantity,
                  o.total_minor, o.currency, o.state, o.payment_id, o.created_at, o.paid_at,
                  r.state AS "refund_state?", r.failure AS "refund_failure?",
                  CASE WHEN r.put_back IS NOT TRUE OR r.state = 'failed' THEN NULL
                       WHEN r.state <> 'refunded' THEN 'asked'
                       WHEN (SELECT v.state FROM reservations v WHERE v.id = o.reservation_id) = 'cancelled' THEN 'done'
                       ELSE 'under_way' END AS put_back
           FROM orders o
           LEFT JOIN LATERAL (SELECT * FROM refunds WHERE order_id = o.id ORDER BY id DESC LIMIT 1) r ON true
           WHERE ($1::uuid IS NULL OR o.event_id = $1)
             AND ($2::text IS NULL OR o.state = $2)
             AND ($3::text IS NULL OR o.number = $3 OR o.sku = $3
                  OR $4::uuid IN (o.id, o.shopper_id, o.reservation_id))
             AND ($5::timestamptz IS NULL OR (o.created_at, o.id) < ($5, $6::uuid))
           ORDER BY o.created_at DESC, o.id DESC LIMIT $7"#,
        filter.event,
        filter.state,
        filter.q.as_deref().map(str::trim),
        id,
        after.map(|place| place.created_at),
        after.map(|place| place.order),
        limit
    )
    .fetch_all(pool)
    .await
}
