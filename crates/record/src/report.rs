//! What is told of a sale that is over: where its reservations ended, how long standby took, what it was sold by. Each question
//! reads all of the sale's rows once, so nothing asks it of a sale that runs.

use sale::ids::EventId;
use sqlx::PgPool;

use crate::reservations::ReservationState;
use crate::word_column::Column;

/// Reservations and places on standby that ended in the same way.
#[derive(Clone, Debug)]
pub struct Fate {
    /// Where they stand.
    pub state: ReservationState,
    /// Why they ended, in the word of [`sale::command::CancelCause`] or [`sale::answer::StandbyEnd`]; nothing where the state says it.
    pub why: Option<String>,
    /// Whether they had been granted.
    pub granted: bool,
    /// Whether a payment was begun for them.
    pub tried: bool,
    /// How many.
    pub count: i64,
    /// Of how many units.
    pub units: i64,
}

/// How all that ever held units or a place ended, or stands.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn fates(pool: &PgPool, event: EventId) -> sqlx::Result<Vec<Fate>> {
    let rows = sqlx::query!(
        r#"SELECT r.state AS "state: Column<ReservationState>",
                  CASE jsonb_typeof(r.ended_why) WHEN 'object' THEN (SELECT jsonb_object_keys(r.ended_why) LIMIT 1)
                       ELSE r.ended_why #>> '{}' END AS why,
                  r.granted_seq IS NOT NULL AS "granted!", p.reservation_id IS NOT NULL AS "tried!",
                  count(*) AS "count!", sum(r.quantity)::bigint AS "units!"
           FROM reservations r
           LEFT JOIN (SELECT DISTINCT reservation_id FROM payments WHERE event_id = $1) AS p ON p.reservation_id = r.id
           WHERE r.event_id = $1 GROUP BY 1, 2, 3, 4"#,
        event.0
    );
    let fates = rows.fetch_all(pool).await?.into_iter().map(|row| Fate {
        state: row.state.0,
        why: row.why,
        granted: row.granted,
        tried: row.tried,
        count: row.count,
        units: row.units,
    });
    Ok(fates.collect())
}

/// How long shoppers stood on standby before they were granted.
#[derive(Clone, Copy, Debug)]
pub struct StandbyWaits {
    /// Shoppers who were granted from standby.
    pub served: i64,
    /// Half of them waited no longer, in milliseconds.
    pub p50_ms: Option<i64>,
    /// 95 of 100.
    pub p95_ms: Option<i64>,
}

/// How long those stood on standby who were granted from there.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn standby_waits(pool: &PgPool, event: EventId) -> sqlx::Result<StandbyWaits> {
    sqlx::query_as!(
        StandbyWaits,
        r#"SELECT count(*) AS "served!",
                  (percentile_disc(0.5) WITHIN GROUP (ORDER BY EXTRACT(EPOCH FROM granted_at - answered_at) * 1000))::bigint AS p50_ms,
                  (percentile_disc(0.95) WITHIN GROUP (ORDER BY EXTRACT(EPOCH FROM granted_at - answered_at) * 1000))::bigint AS p95_ms
           FROM reservations WHERE event_id = $1 AND standby_number IS NOT NULL AND granted_at IS NOT NULL"#,
        event.0
    )
    .fetch_one(pool)
    .await
}

/// What was paid for one item.
#[derive(Clone, Debug)]
pub struct ItemSales {
    /// The item.
    pub sku: String,
    /// What was paid, in minor units.
    pub captured_minor: i64,
    /// What went back of it.
    pub refunded_minor: i64,
}

/// What was paid for, by item: all that was captured of the sale, and all that went back.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn by_item(pool: &PgPool, event: EventId) -> sqlx::Result<Vec<ItemSales>> {
    sqlx::query_as!(
        ItemSales,
        r#"SELECT sku, sum(total_minor)::bigint AS "captured_minor!", sum(refunded_minor)::bigint AS "refunded_minor!"
           FROM orders WHERE event_id = $1 AND state IN ('paid', 'refunded') GROUP BY sku"#,
        event.0
    )
    .fetch_all(pool)
    .await
}

/// Units that were paid for at one tier of an item.
#[derive(Clone, Debug)]
pub struct TierSales {
    /// The item.
    pub sku: String,
    /// The tier, by its index in the item's rule; nothing for units outside of all tiers.
    pub tier: Option<i32>,
    /// How many units.
    pub units: i64,
    /// What they were sold for, in minor units, before anything went back.
    pub sold_minor: i64,
}

/// What was paid for, by item and tier.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn by_tier(pool: &PgPool, event: EventId) -> sqlx::Result<Vec<TierSales>> {
    sqlx::query_as!(
        TierSales,
        r#"SELECT o.sku, (l.line ->> 'tier')::int AS tier, sum((l.line ->> 'units')::bigint)::bigint AS "units!",
                  sum((l.line ->> 'units')::bigint * (l.line ->> 'unit_minor')::bigint)::bigint AS "sold_minor!"
           FROM orders o JOIN reservations r ON r.id = o.reservation_id
           CROSS JOIN LATERAL jsonb_array_elements(r.grant_ #> '{price,lines}') AS l(line)
           WHERE o.event_id = $1 AND o.state IN ('paid', 'refunded') GROUP BY 1, 2 ORDER BY o.sku, tier NULLS LAST"#,
        event.0
    )
    .fetch_all(pool)
    .await
}

/// Orders that were paid with one coupon.
#[derive(Clone, Copy, Debug)]
pub struct CouponSales {
    /// The coupon; nothing for orders without one.
    pub coupon_no: Option<i32>,
    /// How many orders.
    pub orders: i64,
    /// Of how many units.
    pub units: i64,
    /// What was paid, in minor units.
    pub total_minor: i64,
    /// What went back of it.
    pub refunded_minor: i64,
}

/// What was paid for, by coupon.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn by_coupon(pool: &PgPool, event: EventId) -> sqlx::Result<Vec<CouponSales>> {
    sqlx::query_as!(
        CouponSales,
        r#"SELECT (r.grant_ #>> '{price,coupon}')::int AS coupon_no, count(*) AS "orders!", sum(o.quantity)::bigint AS "units!",
                  sum(o.total_minor)::bigint AS "total_minor!", sum(o.refunded_minor)::bigint AS "refunded_minor!"
           FROM orders o JOIN reservations r ON r.id = o.reservation_id
           WHERE o.event_id = $1 AND o.state IN ('paid', 'refunded') GROUP BY 1 ORDER BY coupon_no NULLS FIRST"#,
        event.0
    )
    .fetch_all(pool)
    .await
}
