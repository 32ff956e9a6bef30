//! Orders as admins list them: the latest first.

use chrono::{DateTime, Utc};
use sale::ids::{AttemptId, EventId, OrderId, ShopperId};
use sale::payment::{Failure, OrderState, RefundState};
use sale::words::Word;
use sqlx::PgPool;
use uuid::Uuid;

use crate::word_column::Column;

/// Which orders.
#[derive(Clone, Debug, Default)]
pub struct Filter<'f> {
    /// Of this event.
    pub event: Option<EventId>,
    /// In this state.
    pub state: Option<OrderState>,
    /// An order number, a SKU, what the shop calls its customer or knows the order by, or the id of a shopper, a reservation or
    /// an order.
    pub q: Option<&'f str>,
}

/// A place in the list of orders: what comes after it is older.
#[derive(Clone, Copy, Debug)]
pub struct Cursor {
    created_at: DateTime<Utc>,
    order: OrderId,
}

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
    pub attempt: AttemptId,
    pub shopper: ShopperId,
    /// What the shop calls its customer; nothing, of a guest.
    pub customer: Option<String>,
    pub sku: String,
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
) -> sqlx::Result<Vec<ListedOrder>> {
    // A text that is no id is looked for among numbers, SKUs and customers alone.
    let id = filter.q.and_then(|q| Uuid::try_parse(q.trim()).ok());
    // What has failed does not change any more: it failed when it was last updated.
    let rows = sqlx::query!(
        r#"SELECT o.id, o.number, o.event_id, o.reservation_id, o.shopper_id, o.sku, o.quantity,
                  o.total_minor, o.currency, o.state AS "state: Column<OrderState>", o.reference, o.refunded_minor, o.payment_id,
                  o.created_at, o.paid_at,
                  r.id AS "refund_id?", r.state AS "refund_state?: Column<RefundState>", r.failure AS "refund_failure?",
                  CASE WHEN b.money_is_back IS NULL THEN NULL
                       WHEN NOT b.money_is_back THEN 'asked'
                       WHEN (SELECT v.state FROM reservations v WHERE v.id = o.reservation_id) = 'cancelled' THEN 'done'
                       ELSE 'under_way' END AS "put_back?: Column<PutBack>",
                  (SELECT subject FROM customers c WHERE c.shopper_id = o.shopper_id) AS customer
           FROM orders o
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
             AND ($3::text IS NULL OR o.number = $3 OR o.sku = $3 OR o.reference = $3
                  OR $4::uuid IN (o.id, o.shopper_id, o.reservation_id)
                  OR o.shopper_id IN (SELECT shopper_id FROM customers WHERE subject = $3))
             AND ($5::timestamptz IS NULL OR (o.created_at, o.id) < ($5, $6::uuid))
           ORDER BY o.created_at DESC, o.id DESC LIMIT $7"#,
        filter.event.map(|event| event.0),
        filter.state.map(OrderState::word),
        filter.q.map(str::trim),
        id,
        after.map(|place| place.created_at),
        after.map(|place| place.order.0),
        limit,
        Failure::words_of(Failure::is_mismatch) as _
    )
    .fetch_all(pool)
    .await?;
    let orders = rows.into_iter().map(|row| ListedOrder {
        id: OrderId(row.id),
        number: row.number,
        event: EventId(row.event_id),
        attempt: AttemptId(row.reservation_id),
        shopper: ShopperId(row.shopper_id),
        customer: row.customer,
        sku: row.sku,
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
    });
    Ok(orders.collect())
}
