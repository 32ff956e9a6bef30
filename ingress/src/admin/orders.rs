//! Listing orders.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use record::PgPool;
use record::orders::{self, Cursor, Filter, ListedOrder, PutBack};
use sale::ids::{EventId, OrderId};
use sale::payment::{OrderState, RefundState};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::audit::page_length;
use super::text;
use crate::auth::Viewer;
use crate::extract::Query;
use crate::problems::{AdminReadProblems, ApiError, Kind};

/// Which orders, and which page of them.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OrderParams {
    /// Of this event.
    event: Option<Uuid>,
    /// `pending`, `paid`, `failed`, `cancelled` or `refunded`.
    state: Option<String>,
    /// An order number, a SKU, what the shop calls its customer or knows the order by, or the id of a shopper, a reservation or
    /// an order.
    q: Option<String>,
    /// Only what comes after this order in the list: the last of the page before.
    before: Option<Uuid>,
    /// At most so many.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// Which orders, as it was asked for.
#[derive(Clone, Debug, Serialize)]
pub(super) struct OrderQuery {
    pub(super) event: Option<Uuid>,
    pub(super) state: Option<String>,
    pub(super) q: Option<String>,
}

/// An order, as admins see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AdminOrder {
    order_id: Uuid,
    number: String,
    event_id: Uuid,
    reservation_id: Uuid,
    shopper_id: Uuid,
    sku: String,
    quantity: i32,
    total_minor: i64,
    currency: String,
    /// `pending`, `paid`, `failed`, `cancelled` or `refunded`.
    state: &'static str,
    /// What went back of it, in minor units.
    refunded_minor: i64,
    payment_id: Option<Uuid>,
    /// The refund to look at, when one was asked for: one that needs attention, else one under way, else one that failed,
    /// while less than all has gone back and none of as much was made that was asked for since (first one for which the gateway
    /// did something else than it was asked), else the latest.
    refund_id: Option<Uuid>,
    /// `requested`, `pending`, `refunded`, `failed` or `needs_attention`: where that refund stands.
    refund_state: Option<&'static str>,
    /// Why that refund failed, or what holds it up.
    refund_failure: Option<String>,
    /// Whether its units return to the sale: `asked` (they follow the money), `under_way`, `done`, or nothing.
    put_back: Option<&'static str>,
    created_at: DateTime<Utc>,
    paid_at: Option<DateTime<Utc>>,
    /// What the shop knows it by, where its own checkout took the money: refunds are the shop's business then.
    reference: Option<String>,
    /// What the shop calls its customer: the `sub` of the customer's token; nothing, of a guest.
    customer: Option<String>,
}

/// Orders.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderPage {
    /// The latest first.
    orders: Vec<AdminOrder>,
}

impl OrderQuery {
    /// The same, once it is known to make sense.
    pub(super) fn filter(&self) -> Result<Filter<'_>, ApiError> {
        if let Some(q) = &self.q {
            text::check("q", q, 1, 255)?;
        }
        let state = self.state.as_deref().map(OrderState::of_word).transpose();
        let state = state.map_err(|unknown| Kind::Invalid.because(format!("state: one of {}", unknown.known)))?;
        Ok(Filter { event: self.event.map(EventId), state, q: self.q.as_deref() })
    }
}

/// The place after which a page begins: that of the last order of the page before.
pub(super) async fn cursor_of(pool: &PgPool, before: Option<Uuid>) -> Result<Option<Cursor>, ApiError> {
    let Some(order) = before else { return Ok(None) };
    match orders::cursor_of(pool, OrderId(order)).await? {
        Some(place) => Ok(Some(place)),
        None => Err(Kind::Invalid.because("before: the order_id of the last order of the page before")),
    }
}

impl From<ListedOrder> for AdminOrder {
    fn from(order: ListedOrder) -> Self {
        Self {
            order_id: order.id.0,
            number: order.number,
            event_id: order.event.0,
            reservation_id: order.attempt.0,
            shopper_id: order.shopper.0,
            sku: order.sku,
            quantity: order.quantity,
            total_minor: order.total_minor,
            currency: order.currency,
            state: order.state.word(),
            refunded_minor: order.refunded_minor,
            payment_id: order.payment_id,
            refund_id: order.refund_id,
            refund_state: order.refund_state.map(RefundState::word),
            refund_failure: order.refund_failure,
            put_back: order.put_back.map(PutBack::word),
            created_at: order.created_at,
            paid_at: order.paid_at,
            reference: order.reference,
            customer: order.customer,
        }
    }
}

/// Orders
#[utoipa::path(get, path = "/api/v1/admin/orders", tag = "admin: orders", security(("api_token" = [])),
    params(OrderParams), responses((status = 200, body = OrderPage), AdminReadProblems))]
pub(crate) async fn list(
    State(pool): State<PgPool>,
    _: Viewer,
    Query(OrderParams { event, state, q, before, limit }): Query<OrderParams>,
) -> Result<Json<OrderPage>, ApiError> {
    let wanted = OrderQuery { event, state, q };
    let filter = wanted.filter()?;
    let after = cursor_of(&pool, before).await?;
    let limit = page_length(limit)?;
    let orders = orders::page(&pool, &filter, after, limit).await?;
    Ok(Json(OrderPage { orders: orders.into_iter().map(AdminOrder::from).collect() }))
}
