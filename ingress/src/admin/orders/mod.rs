//! Orders: looking for them, and all that is on record of one.

mod show;
mod timeline;

#[doc(hidden)]
pub(crate) use show::__path_show;
pub(crate) use show::show;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use record::PgPool;
use record::orders::{self, Cursor, Filter, ListedOrder, PutBack, TooManyBuyers};
use sale::ids::{EventId, OrderId};
use sale::payment::{OrderState, RefundState};
use sale::role::Right;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::audit::page_length;
use super::text;
use crate::auth::{Admin, MayRead};
use crate::extract::Query;
use crate::moment::{self, Moment};
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
    /// The beginning of an order number (with or without `FL-`); a SKU; words of what was bought or of what the sale is called; what the shop calls its customer or knows the order by; the id of a
    /// shopper, a reservation or an order; the beginning of the e-mail address that its buyer gave, or words of the name. Words may be cut short, and be without their accents. It stands in no
    /// log, and not in the audit log.
    q: Option<String>,
    /// Made at this moment or later.
    #[param(value_type = Option<Moment>)]
    from: Option<Moment>,
    /// Made before this moment.
    #[param(value_type = Option<Moment>)]
    until: Option<Moment>,
    /// Only what comes after this order in the list: the last of the page before.
    before: Option<Uuid>,
    /// At most so many.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// Which orders, as it was asked for.
#[derive(Clone)]
pub(super) struct OrderQuery {
    pub(super) event: Option<Uuid>,
    pub(super) state: Option<String>,
    pub(super) q: Option<String>,
    pub(super) from: Option<Moment>,
    pub(super) until: Option<Moment>,
}

/// An order, as admins see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AdminOrder {
    order_id: Uuid,
    number: String,
    event_id: Uuid,
    /// What the sale is called.
    event_name: String,
    reservation_id: Uuid,
    shopper_id: Uuid,
    sku: String,
    /// What was bought.
    product_name: String,
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
    /// What its buyer gave to be sent the goods is kept: `…/buyer` shows it.
    has_buyer: bool,
}

/// Orders.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderPage {
    /// The latest first.
    orders: Vec<AdminOrder>,
}

impl OrderQuery {
    /// For the audit log. What was looked for may be what a buyer gave: only that something was looked for is written.
    pub(super) fn described(&self) -> Value {
        let Self { event, state, q, from, until } = self;
        json!({ "event": event, "state": state, "searched": q.is_some(), "from": from, "until": until })
    }

    /// The same, once it is known to make sense. By what buyers gave, only those look who may read it.
    pub(super) fn filter(&self, admin: &Admin) -> Result<Filter<'_>, ApiError> {
        if let Some(q) = &self.q {
            text::check("q", q, 1, 255)?;
        }
        let state = self.state.as_deref().map(OrderState::of_word).transpose();
        let state = state.map_err(|unknown| Kind::Invalid.because(format!("state: one of {}", unknown.known)))?;
        let [from, until] = moment::between(self.from, self.until)?;
        let by_buyers = admin.scope.may(Right::ReadBuyers);
        Ok(Filter { event: self.event.map(EventId), state, q: self.q.as_deref(), by_buyers, from, until })
    }
}

pub(super) fn too_many_buyers(_: TooManyBuyers) -> ApiError {
    Kind::Invalid
        .because("q: too many buyers have a name or an address that begins so; type more of it, or choose a sale")
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
            event_name: order.event_name,
            reservation_id: order.attempt.0,
            shopper_id: order.shopper.0,
            sku: order.sku,
            product_name: order.product_name,
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
            has_buyer: order.has_buyer,
        }
    }
}

/// Orders
#[utoipa::path(get, path = "/api/v1/admin/orders", tag = "admin: orders", security(("api_token" = [])),
    params(OrderParams), responses((status = 200, body = OrderPage), AdminReadProblems))]
pub(crate) async fn list(
    State(pool): State<PgPool>,
    MayRead(admin): MayRead,
    Query(OrderParams { event, state, q, from, until, before, limit }): Query<OrderParams>,
) -> Result<Json<OrderPage>, ApiError> {
    let wanted = OrderQuery { event, state, q, from, until };
    let filter = wanted.filter(&admin)?;
    let after = cursor_of(&pool, before).await?;
    let limit = page_length(limit)?;
    let orders = orders::page(&pool, &filter, after, limit).await?.map_err(too_many_buyers)?;
    Ok(Json(OrderPage { orders: orders.into_iter().map(AdminOrder::from).collect() }))
}
