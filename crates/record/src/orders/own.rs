//! Orders as their shopper looks at them.

use std::collections::HashMap;

use sale::ids::{AttemptId, OrderId, ShopperId};
use sqlx::PgPool;
use uuid::Uuid;

use super::{Order, of_attempts};

/// What people read about an order.
#[derive(Clone, Debug)]
pub struct Names {
    /// What its sale is called.
    pub event: String,
    /// What was bought.
    pub product: String,
    /// What it looks like.
    pub image_url: Option<String>,
}

/// What people read about these orders.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn names_of(pool: &PgPool, orders: &[OrderId]) -> sqlx::Result<HashMap<OrderId, Names>> {
    let orders: Vec<Uuid> = orders.iter().map(|order| order.0).collect();
    let rows = sqlx::query!(
        "SELECT o.id, e.name AS event, p.name AS product, p.image_url
         FROM orders o
         JOIN sale_events e ON e.id = o.event_id
         JOIN sale_items i ON i.event_id = o.event_id AND i.sku = o.sku
         JOIN products p ON p.id = i.product_id
         WHERE o.id = ANY($1)",
        &orders
    );
    let named = rows.fetch_all(pool).await?.into_iter();
    Ok(named
        .map(|row| (OrderId(row.id), Names { event: row.event, product: row.product, image_url: row.image_url }))
        .collect())
}

/// An order, if it is this shopper's.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn own(pool: &PgPool, order: OrderId, shopper: ShopperId) -> sqlx::Result<Option<Order>> {
    let attempt =
        sqlx::query_scalar!("SELECT reservation_id FROM orders WHERE id = $1 AND shopper_id = $2", order.0, shopper.0);
    let Some(attempt) = attempt.fetch_optional(pool).await?.map(AttemptId) else { return Ok(None) };
    Ok(of_attempts(pool, &[attempt]).await?.remove(&attempt))
}
