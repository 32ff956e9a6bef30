//! One order, with its lines, its prices, and what happened to it.

use axum::Json;
use axum::extract::State;
use record::PgPool;
use record::orders::{self, story};
use sale::ids::OrderId;
use sale::pricing::PriceLine;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::AdminOrder;
use super::timeline::{TimelineEntry, timeline};
use crate::auth::MayRead;
use crate::extract::Path;
use crate::problems::{AdminReadProblems, ApiError, Kind};

/// An order, and all that is on record of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderDetail {
    #[serde(flatten)]
    order: AdminOrder,
    /// `reservation`, `direct_order` or `handed_over`: how its sale makes orders.
    checkout: String,
    /// What it was paid through, or tried to be: `sandbox`, `stripe` or `shop`.
    gateway: Option<String>,
    /// The code of the coupon that was applied.
    coupon: Option<String>,
    /// More than one where units cost differently.
    lines: Vec<OrderLine>,
    /// What happened, the first first.
    timeline: Vec<TimelineEntry>,
}

/// Some units that cost the same.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderLine {
    units: u32,
    /// Of each, in minor units, every discount applied.
    unit_minor: i64,
}

impl From<&PriceLine> for OrderLine {
    fn from(line: &PriceLine) -> Self {
        Self { units: line.units, unit_minor: line.unit_minor }
    }
}

/// One order
///
/// With its prices, and what happened to it: the answer to the click, the grant, each try to pay, refunds, what the shop and the shopper were
/// told, units that went back, and who of the organisers did what. As far as the database records it: what the shop was told is kept for
/// 30 days, what the shopper was told for seven.
#[utoipa::path(get, path = "/api/v1/admin/orders/{order}", tag = "admin: orders", security(("api_token" = [])),
    params(("order" = Uuid, Path, description = "The order")),
    responses((status = 200, body = OrderDetail), AdminReadProblems))]
pub(crate) async fn show(
    State(pool): State<PgPool>,
    _: MayRead,
    Path(order): Path<Uuid>,
) -> Result<Json<OrderDetail>, ApiError> {
    let mut db = pool.acquire().await?;
    let Some(order) = orders::show(&mut db, OrderId(order)).await? else {
        return Err(Kind::NotFound.because("no such order"));
    };
    let story = story::of(&mut db, order.id, (order.event, order.attempt, order.shopper)).await?;
    let timeline = timeline(&order, &story);
    let price = story.reserved.grant.as_ref().map(|grant| &grant.price);
    Ok(Json(OrderDetail {
        order: order.into(),
        gateway: story.payments.last().map(|payment| payment.gateway.clone()),
        lines: price.map(|price| price.lines.iter().map(OrderLine::from).collect()).unwrap_or_default(),
        checkout: story.reserved.checkout,
        coupon: story.reserved.coupon,
        timeline,
    }))
}
