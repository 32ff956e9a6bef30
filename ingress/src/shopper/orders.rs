//! A shopper's orders: all of them, and all that is to be shown of one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use record::orders::{self, Names, story};
use record::{PgPool, buyers};
use sale::ids::OrderId;
use sale::payment::RefundState;
use serde::Serialize;
use utoipa::ToSchema;
use view::{PriceLineView, PriceView};

use crate::auth::Shopper;
use crate::buyers::BuyerDetails;
use crate::callers::Callers;
use crate::extract::Path;
use crate::ledger::OrderView;
use crate::problems::{ApiError, Kind, ShopperProblems};

/// Orders in one list, the latest first.
const LISTED_MAX: i64 = 100;

/// A shopper's orders.
#[derive(Serialize, ToSchema)]
pub(crate) struct Orders {
    /// The latest first.
    orders: Vec<OwnOrder>,
}

/// An order, with what people read about it.
#[derive(Serialize, ToSchema)]
pub(crate) struct OwnOrder {
    #[serde(flatten)]
    order: OrderView,
    /// What its sale is called.
    event_name: String,
    /// What was bought.
    product_name: String,
    /// What it looks like.
    #[serde(skip_serializing_if = "Option::is_none")]
    image_url: Option<String>,
}

/// One order, as its receipt shows it.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderReceipt {
    #[serde(flatten)]
    order: OwnOrder,
    /// What it cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<PriceView>,
    /// What was asked to go back of it, the first first.
    refunds: Vec<OwnRefund>,
    /// What its buyer gave to be sent the goods, while that is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    buyer: Option<BuyerDetails>,
}

/// Money that goes back.
#[derive(Serialize, ToSchema)]
pub(crate) struct OwnRefund {
    /// In minor units.
    amount_minor: i64,
    /// `requested` or `pending` (on its way), `refunded`, `failed` (nothing went back; or it came back, see there), or
    /// `needs_attention` (the shop looks what became of it).
    state: &'static str,
    /// When it was asked for, Unix ms.
    created_at_ms: u64,
    /// When the money went back, Unix ms; absent while it has not.
    #[serde(skip_serializing_if = "Option::is_none")]
    refunded_at_ms: Option<u64>,
    /// When it came back, Unix ms: it did not arrive.
    #[serde(skip_serializing_if = "Option::is_none")]
    came_back_at_ms: Option<u64>,
}

impl From<&story::GivenBack> for OwnRefund {
    fn from(refund: &story::GivenBack) -> Self {
        let ms = |at| clock::from_utc(at).0;
        Self {
            amount_minor: refund.amount_minor,
            state: RefundState::word(refund.state),
            created_at_ms: ms(refund.created_at),
            refunded_at_ms: refund.refunded_at.map(ms),
            came_back_at_ms: refund.came_back_at.map(ms),
        }
    }
}

impl OwnOrder {
    /// Its sale and item are in the record as long as it is.
    fn of(order: orders::Order, names: Option<Names>) -> Result<Self, ApiError> {
        let Some(Names { event, product, image_url }) = names else {
            return Err(ApiError::internal(format!("order {} is of no sale or item that is known", order.number)));
        };
        Ok(Self { order: order.into(), event_name: event, product_name: product, image_url })
    }
}

/// Own orders
#[utoipa::path(get, path = "/api/v1/me/orders", tag = "me",
    responses((status = 200, body = Orders), ShopperProblems))]
pub(crate) async fn list(
    State(callers): State<Arc<Callers>>,
    State(pool): State<PgPool>,
    Shopper(shopper): Shopper,
) -> Result<Json<Orders>, ApiError> {
    callers.rates.list(shopper)?;
    let found = orders::of_shopper(&pool, shopper, LISTED_MAX).await?;
    let ids: Vec<OrderId> = found.iter().map(|order| order.id).collect();
    let mut names = orders::names_of(&pool, &ids).await?;
    let named = found.into_iter().map(|order| {
        let names = names.remove(&order.id);
        OwnOrder::of(order, names)
    });
    Ok(Json(Orders { orders: named.collect::<Result<_, _>>()? }))
}

/// One of one's own orders
///
/// Its receipt: what was bought and what it cost, what went back, and what its buyer gave. Nobody learns from the answer whether somebody
/// else's order exists.
#[utoipa::path(get, path = "/api/v1/me/orders/{order}", tag = "me",
    params(("order" = Uuid, Path, description = "The order")),
    responses((status = 200, body = OrderReceipt), ShopperProblems))]
pub(crate) async fn show(
    State(callers): State<Arc<Callers>>,
    State(pool): State<PgPool>,
    Shopper(shopper): Shopper,
    Path(order): Path<OrderId>,
) -> Result<Json<OrderReceipt>, ApiError> {
    callers.rates.list(shopper)?;
    let Some(order) = orders::own(&pool, order, shopper).await? else {
        return Err(Kind::NotFound.because("no such order of yours"));
    };
    let names = orders::names_of(&pool, &[order.id]).await?.remove(&order.id);
    let mut db = pool.acquire().await?;
    let reserved = story::reserved(&mut db, order.attempt).await?;
    let refunds = story::refunds(&mut db, order.id).await?;
    drop(db);
    let buyer = buyers::of_attempt(&pool, order.attempt).await?;
    let price = reserved.grant.map(|grant| PriceView {
        currency: order.currency.clone(),
        total_minor: grant.price.total_minor(),
        lines: grant.price.lines.iter().map(line).collect(),
        coupon: reserved.coupon,
    });
    Ok(Json(OrderReceipt {
        order: OwnOrder::of(order, names)?,
        price,
        refunds: refunds.iter().map(OwnRefund::from).collect(),
        buyer: buyer.map(|known| known.buyer.into()),
    }))
}

fn line(line: &sale::pricing::PriceLine) -> PriceLineView {
    PriceLineView { units: line.units, unit_minor: line.unit_minor, tier: line.tier.map(|index| index + 1) }
}
