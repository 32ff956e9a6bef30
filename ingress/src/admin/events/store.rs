//! The SQL of sale events. Every function works within the caller's transaction.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sale::ids::EventId;
use sale::rules::CheckoutModel;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::spec::{CouponSpec, EventSpec, ItemSpec};
use crate::admission::access_code_digest;
use crate::problems::{ApiError, Kind};

/// What a change must know of an event; the row stays locked until the transaction ends.
pub(super) struct Present {
    /// The database's clock, at the lock.
    pub(super) now: DateTime<Utc>,
    pub(super) opens_at: DateTime<Utc>,
    pub(super) scheduled: bool,
    pub(super) stopped: bool,
    /// Stopped, or past its end. A pause holds the end: a paused sale is not over.
    pub(super) over: bool,
    pub(super) version: i64,
}

/// A product of an item.
pub(super) struct Product {
    id: Uuid,
    list_minor: i64,
}

pub(super) async fn lock(transaction: &mut PgConnection, event: EventId) -> Result<Present, ApiError> {
    let locked = sqlx::query_scalar!("SELECT id FROM sale_events WHERE id = $1 FOR UPDATE", event.0)
        .fetch_optional(&mut *transaction)
        .await?;
    if locked.is_none() {
        return Err(Kind::NotFound.because("no such event"));
    }
    // Read the clock after the wait for the lock: pauses must follow one another in time.
    Ok(sqlx::query_as!(
        Present,
        r#"SELECT date_trunc('milliseconds', clock_timestamp()) AS "now!", opens_at, scheduled,
                  stopped_at IS NOT NULL AS "stopped!",
                  stopped_at IS NOT NULL OR (closes_at <= clock_timestamp() AND NOT EXISTS (
                    SELECT FROM event_pauses WHERE event_id = $1 AND resumed_at IS NULL)) AS "over!",
                  version
           FROM sale_events WHERE id = $1"#,
        event.0
    )
    .fetch_one(transaction)
    .await?)
}

/// The products of the items, by SKU.
pub(super) async fn products(
    transaction: &mut PgConnection,
    spec: &EventSpec,
) -> Result<HashMap<String, Product>, ApiError> {
    let skus: Vec<String> = spec.items.iter().map(|item| item.sku.clone()).collect();
    let rows = sqlx::query!("SELECT id, sku, list_minor, currency FROM products WHERE sku = ANY($1)", &skus)
        .fetch_all(transaction)
        .await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in rows {
        if row.currency != spec.currency {
            let (sku, is, needs) = (row.sku, row.currency, &spec.currency);
            return Err(Kind::Invalid.because(format!("items: {sku} is priced in {is}, the sale in {needs}")));
        }
        found.insert(row.sku, Product { id: row.id, list_minor: row.list_minor });
    }
    let missing: Vec<&str> = skus.iter().filter(|sku| !found.contains_key(*sku)).map(String::as_str).collect();
    if missing.is_empty() {
        Ok(found)
    } else {
        Err(Kind::Invalid.because(format!("items: no product with the SKU {}", missing.join(", "))))
    }
}

fn checkout_word(checkout: CheckoutModel) -> &'static str {
    match checkout {
        CheckoutModel::Reservation => "reservation",
        CheckoutModel::DirectOrder => "direct_order",
    }
}

pub(super) async fn insert(transaction: &mut PgConnection, event: EventId, spec: &EventSpec) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO sale_events (id, name, description, currency, opens_at, closes_at, scheduled, checkout, hold_ms,
                                  per_shopper_max, quantity_max, standby_max, payment_tries)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        event.0,
        spec.name,
        spec.description,
        spec.currency,
        spec.opens_at.utc(),
        spec.closes_at.utc(),
        spec.scheduled,
        checkout_word(spec.checkout),
        spec.hold_seconds * 1_000,
        spec.per_shopper_max,
        spec.quantity_max,
        spec.standby_max,
        spec.payment_tries
    )
    .execute(&mut *transaction)
    .await?;
    sqlx::query!("INSERT INTO event_lines (event_id) VALUES ($1)", event.0).execute(transaction).await.map(drop)
}

/// Returns the version that comes of it.
pub(super) async fn update(transaction: &mut PgConnection, event: EventId, spec: &EventSpec) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        "UPDATE sale_events SET name = $2, description = $3, currency = $4, opens_at = $5, closes_at = $6,
                scheduled = $7, checkout = $8, hold_ms = $9, per_shopper_max = $10, quantity_max = $11,
                standby_max = $12, payment_tries = $13, version = version + 1, updated_at = now()
         WHERE id = $1 RETURNING version",
        event.0,
        spec.name,
        spec.description,
        spec.currency,
        spec.opens_at.utc(),
        spec.closes_at.utc(),
        spec.scheduled,
        checkout_word(spec.checkout),
        spec.hold_seconds * 1_000,
        spec.per_shopper_max,
        spec.quantity_max,
        spec.standby_max,
        spec.payment_tries
    )
    .fetch_one(transaction)
    .await
}

/// Raises the version, so that every process sees that something changed. Returns the new one.
pub(super) async fn touch(transaction: &mut PgConnection, event: EventId) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        "UPDATE sale_events SET version = version + 1, updated_at = now() WHERE id = $1 RETURNING version",
        event.0
    )
    .fetch_one(transaction)
    .await
}

pub(super) async fn put_items(
    transaction: &mut PgConnection,
    event: EventId,
    items: &[(i32, &ItemSpec)],
    products: &HashMap<String, Product>,
) -> Result<(), ApiError> {
    for (number, item) in items {
        let product = products.get(&item.sku).ok_or_else(|| ApiError::internal("an item without its product"))?;
        sqlx::query!(
            "INSERT INTO sale_items (event_id, item_no, product_id, sku, list_minor, discount, allocation)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (event_id, item_no) DO UPDATE
             SET list_minor = excluded.list_minor, discount = excluded.discount, allocation = excluded.allocation",
            event.0,
            number,
            product.id,
            item.sku,
            item.list_minor.unwrap_or(product.list_minor),
            json!(item.discount),
            item.allocation
        )
        .execute(&mut *transaction)
        .await?;
    }
    Ok(())
}

pub(super) async fn put_coupons(
    transaction: &mut PgConnection,
    event: EventId,
    coupons: &[(i32, &CouponSpec)],
) -> sqlx::Result<()> {
    for (number, coupon) in coupons {
        sqlx::query!(
            "INSERT INTO coupons (event_id, coupon_no, code, cut, uses_max) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (event_id, coupon_no) DO UPDATE
             SET code = excluded.code, cut = excluded.cut, uses_max = excluded.uses_max",
            event.0,
            number,
            coupon.code,
            json!(coupon.cut),
            coupon.uses_max
        )
        .execute(&mut *transaction)
        .await?;
    }
    Ok(())
}

/// Replaces the access codes, unless nothing was said about them.
pub(super) async fn put_access_codes(
    transaction: &mut PgConnection,
    event: EventId,
    codes: Option<&[String]>,
) -> sqlx::Result<()> {
    let Some(codes) = codes else { return Ok(()) };
    sqlx::query!("DELETE FROM access_codes WHERE event_id = $1", event.0).execute(&mut *transaction).await?;
    let digests: Vec<Vec<u8>> = codes.iter().map(|code| access_code_digest(code).to_vec()).collect();
    sqlx::query!(
        "INSERT INTO access_codes (event_id, code_sha256) SELECT DISTINCT $1::uuid, digest FROM UNNEST($2::bytea[]) digest
         ON CONFLICT (event_id, code_sha256) DO NOTHING",
        event.0,
        &digests
    )
    .execute(transaction)
    .await
    .map(drop)
}
