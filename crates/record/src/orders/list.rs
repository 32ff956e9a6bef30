//! Orders as admins list them: the latest first.

use chrono::{DateTime, Utc};
use sale::ids::{AttemptId, EventId, OrderId, ShopperId};
use sale::payment::{Failure, OrderState, RefundState};
use sale::words::Word;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::asked::{Asked, Cursor, Filter};
use super::search::{TooManyBuyers, search};
use crate::custom_plan;
use crate::word_column::Column;

/// Whether the units of a refunded order return to the sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PutBack {
    /// They follow the money.
    Asked,
    /// The money has gone back; the line has yet to take the units back.
    UnderWay,
    /// They are for sale again.
    Done,
}

sale::words!(PutBack: "put_back" { Asked = "asked", UnderWay = "under_way", Done = "done" });

/// An order, as admins see it.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the columns of the table `orders`")]
pub struct ListedOrder {
    pub id: OrderId,
    /// The number for people.
    pub number: String,
    pub event: EventId,
    pub event_name: String,
    pub attempt: AttemptId,
    pub shopper: ShopperId,
    /// What the shop calls its customer; nothing, of a guest.
    pub customer: Option<String>,
    pub sku: String,
    /// What its product is called.
    pub product_name: String,
    pub quantity: i32,
    pub total_minor: i64,
    /// ISO 4217.
    pub currency: String,
    pub state: OrderState,
    /// What the shop knows it by, where its own checkout took the money.
    pub reference: Option<String>,
    /// What went back of it, in minor units.
    pub refunded_minor: i64,
    pub payment_id: Option<Uuid>,
    /// The refund to look at, when one was asked for: one that needs attention, else one under way, else one that failed,
    /// while less than all has gone back and none of as much was made that was asked for since (first one for which the gateway
    /// did something else than it was asked), else the latest.
    pub refund_id: Option<Uuid>,
    /// Where it stands.
    pub refund_state: Option<RefundState>,
    /// Why that refund failed, or what holds it up.
    pub refund_failure: Option<String>,
    /// Whether its units return to the sale, if so.
    pub put_back: Option<PutBack>,
    pub created_at: DateTime<Utc>,
    pub paid_at: Option<DateTime<Utc>>,
    /// What its buyer gave is kept.
    pub has_buyer: bool,
}

impl From<&ListedOrder> for Cursor {
    fn from(order: &ListedOrder) -> Self {
        Self { created_at: order.created_at, order: order.id }
    }
}

/// The place of an order in the list, if there is such an order.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn cursor_of(pool: &PgPool, order: OrderId) -> sqlx::Result<Option<Cursor>> {
    let created_at = sqlx::query_scalar!("SELECT created_at FROM orders WHERE id = $1", order.0);
    Ok(created_at.fetch_optional(pool).await?.map(|created_at| Cursor { created_at, order }))
}

/// One page of orders, `limit` at most: by the time at which they were made, so that a new one never is on a later page.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn page(
    pool: &PgPool,
    filter: &Filter<'_>,
    after: Option<Cursor>,
    limit: i64,
) -> sqlx::Result<Result<Vec<ListedOrder>, TooManyBuyers>> {
    let mut db = custom_plan::begin(pool).await?;
    let Some(text) = filter.q.map(str::trim).filter(|text| !text.is_empty()) else {
        return select(&mut db, filter, None, after, limit).await.map(Ok);
    };
    match search(&mut db, &Asked { filter, after, limit }, text).await? {
        Ok(found) => select(&mut db, &Filter::default(), Some(&found), None, limit).await.map(Ok),
        Err(too_many) => Ok(Err(too_many)),
    }
}

/// One order, if there is such a one.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn show(db: &mut PgConnection, order: OrderId) -> sqlx::Result<Option<ListedOrder>> {
    Ok(select(db, &Filter::default(), Some(&[order.0]), None, 1).await?.pop())
}

async fn select(
    db: &mut PgConnection,
    filter: &Filter<'_>,
    ids: Option<&[Uuid]>,
    after: Option<Cursor>,
    limit: i64,
) -> sqlx::Result<Vec<ListedOrder>> {
    // What has failed does not change any more: it failed when it was last updated.
    let rows = sqlx::query!(
        r#"SELECT o.id, o.number, o.event_id, e.name AS event_name, o.reservation_id, o.shopper_id, o.sku, coalesce(p.name, o.sku) AS "product_name!", o.quantity,
                  o.total_minor, o.currency, o.state AS "state: Column<OrderState>", o.reference, o.refunded_minor, o.payment_id,
                  o.created_at, o.paid_at,
                  r.id AS "refund_id?", r.state AS "refund_state?: Column<RefundState>", r.failure AS "refund_failure?",
                  CASE WHEN b.money_is_back IS NULL THEN NULL
                       WHEN NOT b.money_is_back THEN 'asked'
                       WHEN (SELECT v.state FROM reservations v WHERE v.id = o.reservation_id) = 'cancelled' THEN 'done'
                       ELSE 'under_way' END AS "put_back?: Column<PutBack>",
                  (SELECT subject FROM customers c WHERE c.shopper_id = o.shopper_id) AS customer,
                  EXISTS (SELECT FROM buyers u WHERE u.reservation_id = o.reservation_id) AS "has_buyer!"
           FROM orders o
           JOIN sale_events e ON e.id = o.event_id
           LEFT JOIN products p ON p.sku = o.sku
           LEFT JOIN LATERAL (
             SELECT f.* FROM refunds f WHERE f.order_id = o.id
             ORDER BY f.state = 'needs_attention' DESC, f.state IN ('requested', 'pending') DESC,
                      f.state = 'failed' AND o.refunded_minor < o.total_minor AND NOT EXISTS (
                        SELECT FROM refunds g WHERE g.order_id = f.order_id AND g.created_at > f.updated_at
                                                AND g.state = 'refunded' AND g.amount_minor >= f.amount_minor) DESC,
                      o.refunded_minor < o.total_minor AND coalesce(f.failure = ANY($8), false) DESC,
                      f.id DESC LIMIT 1) r ON true
           LEFT JOIN LATERAL (SELECT bool_or(state = 'refunded' OR put_back_at IS NOT NULL) AS money_is_back FROM refunds
                              WHERE order_id = o.id AND put_back AND (state <> 'failed' OR put_back_at IS NOT NULL)) b ON true
           WHERE ($1::uuid IS NULL OR o.event_id = $1)
             AND ($2::text IS NULL OR o.state = $2)
             AND ($3::uuid[] IS NULL OR o.id = ANY($3))
             AND ($4::timestamptz IS NULL OR o.created_at >= $4)
             AND ($9::timestamptz IS NULL OR o.created_at < $9)
             AND ($5::timestamptz IS NULL OR (o.created_at, o.id) < ($5, $6::uuid))
           ORDER BY o.created_at DESC, o.id DESC LIMIT $7"#,
        filter.event.map(|event| event.0),
        filter.state.map(OrderState::word),
        ids,
        filter.from,
        after.map(|place| place.created_at),
        after.map(|place| place.order.0),
        limit,
        Failure::words_of(Failure::is_mismatch) as _,
        filter.until
    )
    .fetch_all(db)
    .await?;
    let orders = rows.into_iter().map(|row| ListedOrder {
        id: OrderId(row.id),
        number: row.number,
        event: EventId(row.event_id),
        event_name: row.event_name,
        attempt: AttemptId(row.reservation_id),
        shopper: ShopperId(row.shopper_id),
        customer: row.customer,
        sku: row.sku,
        product_name: row.product_name,
        quantity: row.quantity,
        total_minor: row.total_minor,
        currency: row.currency,
        state: row.state.0,
        reference: row.reference,
        refunded_minor: row.refunded_minor,
        payment_id: row.payment_id,
        refund_id: row.refund_id,
        refund_state: row.refund_state.map(|state| state.0),
        refund_failure: row.refund_failure,
        put_back: row.put_back.map(|put_back| put_back.0),
        created_at: row.created_at,
        paid_at: row.paid_at,
        has_buyer: row.has_buyer,
    });
    Ok(orders.collect())
}
