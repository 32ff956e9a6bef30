//! Orders: what became of reservations that were paid; in the direct-order model, of all that were granted.

mod asked;
pub mod books;
mod list;
mod own;
mod search;
mod steps;
pub mod story;

pub use asked::{Cursor, Filter};
pub use list::{ListedOrder, PutBack, cursor_of, page, show};
pub use own::{Names, names_of, own};
pub use search::TooManyBuyers;
pub use steps::{cancelled, failed, granted, paid, refund_came_back, refunded};

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use sale::gateway::GatewayKind;
use sale::ids::{AttemptId, EventId, OrderId, PaymentId, ShopperId};
use sale::payment::OrderState;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::word_column::Column;

/// An order, as its shopper sees it.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the columns of the table `orders`")]
pub struct Order {
    pub id: OrderId,
    /// The number for people.
    pub number: String,
    pub event: EventId,
    pub attempt: AttemptId,
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
    /// Money that had gone back came back, and none of as much has gone back that was asked for since.
    pub refund_failed: bool,
    pub created_at: DateTime<Utc>,
    pub paid_at: Option<DateTime<Utc>>,
}

/// The orders of these reservations.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn of_attempts(pool: &PgPool, attempts: &[AttemptId]) -> sqlx::Result<HashMap<AttemptId, Order>> {
    let attempts: Vec<Uuid> = attempts.iter().map(|attempt| attempt.0).collect();
    let orders = sqlx::query_as!(
        Order,
        r#"SELECT id, number, event_id AS event, reservation_id AS attempt, sku, quantity, total_minor,
                  currency, state AS "state: Column<OrderState>", reference, refunded_minor, created_at, paid_at,
                  (SELECT subject FROM customers c WHERE c.shopper_id = orders.shopper_id) AS customer,
                  refunded_minor < total_minor AND EXISTS (
                    SELECT FROM refunds f WHERE f.order_id = orders.id AND f.came_back_at IS NOT NULL AND NOT EXISTS (
                      SELECT FROM refunds g WHERE g.order_id = orders.id AND g.created_at > f.came_back_at
                                              AND g.state = 'refunded' AND g.amount_minor >= f.amount_minor)) AS "refund_failed!"
           FROM orders WHERE reservation_id = ANY($1)"#,
        &attempts
    )
    .fetch_all(pool)
    .await?;
    Ok(orders.into_iter().map(|order| (order.attempt, order)).collect())
}

/// The latest orders of a shopper, the latest first; `limit` at most.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn of_shopper(pool: &PgPool, shopper: ShopperId, limit: i64) -> sqlx::Result<Vec<Order>> {
    sqlx::query_as!(
        Order,
        r#"SELECT id, number, event_id AS event, reservation_id AS attempt, sku, quantity, total_minor,
                  currency, state AS "state: Column<OrderState>", reference, refunded_minor, created_at, paid_at,
                  (SELECT subject FROM customers c WHERE c.shopper_id = orders.shopper_id) AS customer,
                  refunded_minor < total_minor AND EXISTS (
                    SELECT FROM refunds f WHERE f.order_id = orders.id AND f.came_back_at IS NOT NULL AND NOT EXISTS (
                      SELECT FROM refunds g WHERE g.order_id = orders.id AND g.created_at > f.came_back_at
                                              AND g.state = 'refunded' AND g.amount_minor >= f.amount_minor)) AS "refund_failed!"
           FROM orders WHERE shopper_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2"#,
        shopper.0,
        limit
    )
    .fetch_all(pool)
    .await
}

/// Orders of one state.
#[derive(Clone, Copy, Debug, Default)]
pub struct Totals {
    /// How many.
    pub count: i64,
    /// In minor units.
    pub total_minor: i64,
    /// What went back of it.
    pub refunded_minor: i64,
    /// Of how many something went back, all or a part.
    pub refunded: i64,
}

impl Totals {
    /// Of all orders that money came for.
    pub fn of_paid(by_state: &BTreeMap<OrderState, Self>) -> Self {
        let paid = by_state.iter().filter(|(state, _)| state.was_paid());
        paid.fold(Self::default(), |sum, (_, of)| Self {
            count: sum.count + of.count,
            total_minor: sum.total_minor + of.total_minor,
            refunded_minor: sum.refunded_minor + of.refunded_minor,
            refunded: sum.refunded + of.refunded,
        })
    }
}

/// What the orders of a sale come to, by state. A state that none is in is absent.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn totals_by_state(pool: &PgPool, event: EventId) -> sqlx::Result<BTreeMap<OrderState, Totals>> {
    let rows = sqlx::query!(
        r#"SELECT state AS "state: Column<OrderState>", count(*) AS "count!",
                  coalesce(sum(total_minor), 0)::bigint AS "total_minor!",
                  coalesce(sum(refunded_minor), 0)::bigint AS "refunded_minor!",
                  count(*) FILTER (WHERE refunded_minor > 0) AS "refunded!"
           FROM orders WHERE event_id = $1 GROUP BY state"#,
        event.0
    )
    .fetch_all(pool)
    .await?;
    let totals = rows.into_iter().map(|row| {
        let (count, refunded) = (row.count, row.refunded);
        (row.state.0, Totals { count, total_minor: row.total_minor, refunded_minor: row.refunded_minor, refunded })
    });
    Ok(totals.collect())
}

/// Money that went back for units that stay sold, in minor units: they were not put back.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn refunded_still_sold_minor(pool: &PgPool, event: EventId) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT coalesce(sum(o.refunded_minor), 0)::bigint AS "minor!"
           FROM orders o JOIN reservations r ON r.id = o.reservation_id
           WHERE o.event_id = $1 AND r.state <> 'cancelled'"#,
        event.0
    )
    .fetch_one(pool)
    .await
}

/// An order that is locked until the transaction ends.
#[derive(Clone, Debug)]
pub struct Locked {
    /// Which order.
    pub id: OrderId,
    /// Of which sale.
    pub event: EventId,
    /// Where it stands.
    pub state: OrderState,
    /// In minor units.
    pub total_minor: i64,
    /// By what it was paid.
    pub payment: Option<PaymentId>,
    /// Through what.
    pub gateway: Option<GatewayKind>,
}

/// Of which sale an order is.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn event_of(pool: &PgPool, order: OrderId) -> sqlx::Result<Option<EventId>> {
    let event = sqlx::query_scalar!("SELECT event_id FROM orders WHERE id = $1", order.0);
    Ok(event.fetch_optional(pool).await?.map(EventId))
}

/// Locks an order, if there is such a one.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn lock(db: &mut PgConnection, order: OrderId) -> sqlx::Result<Option<Locked>> {
    let row = sqlx::query!(
        r#"SELECT o.id, o.event_id, o.state AS "state: Column<OrderState>", o.total_minor, o.payment_id,
                  (SELECT p.gateway FROM payments p WHERE p.id = o.payment_id) AS "gateway: Column<GatewayKind>"
           FROM orders o WHERE o.id = $1 FOR UPDATE OF o"#,
        order.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Locked {
        id: OrderId(row.id),
        event: EventId(row.event_id),
        state: row.state.0,
        total_minor: row.total_minor,
        payment: row.payment_id.map(PaymentId),
        gateway: row.gateway.map(|gateway| gateway.0),
    }))
}
