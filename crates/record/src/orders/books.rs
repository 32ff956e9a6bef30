//! What a bookkeeper wants to know of orders besides what the list of them shows.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sale::answer::Grant;
use sale::ids::OrderId;
use sale::payment::RefundState;
use sale::pricing::PriceLine;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

/// What was sold, at which price, and when money went back.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// What the product is called now.
    pub product: String,
    /// What the units cost each.
    pub prices: Vec<PriceLine>,
    /// The coupon that counts in the prices.
    pub coupon: Option<String>,
    /// When money last went back.
    pub refunded_at: Option<DateTime<Utc>>,
}

/// Of these orders.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn entries(db: &mut PgConnection, orders: &[OrderId]) -> sqlx::Result<HashMap<OrderId, Entry>> {
    let orders: Vec<Uuid> = orders.iter().map(|order| order.0).collect();
    let rows = sqlx::query!(
        r#"SELECT o.id, p.name AS product, r.grant_ AS "grant?: Json<Grant>",
                  (SELECT c.code FROM coupons c
                   WHERE c.event_id = o.event_id AND c.coupon_no = (r.grant_ #>> '{price,coupon}')::int) AS coupon,
                  (SELECT max(f.refunded_at) FROM refunds f WHERE f.order_id = o.id AND f.state = $2) AS refunded_at
           FROM orders o
           JOIN sale_items i ON i.event_id = o.event_id AND i.sku = o.sku
           JOIN products p ON p.id = i.product_id
           LEFT JOIN reservations r ON r.id = o.reservation_id
           WHERE o.id = ANY($1)"#,
        &orders,
        RefundState::Refunded.word()
    );
    let entries = rows.fetch_all(db).await?.into_iter().map(|row| {
        let prices = row.grant.map(|Json(grant)| grant.price.lines).unwrap_or_default();
        (OrderId(row.id), Entry { product: row.product, prices, coupon: row.coupon, refunded_at: row.refunded_at })
    });
    Ok(entries.collect())
}
