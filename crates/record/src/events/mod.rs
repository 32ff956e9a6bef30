//! Sale events, as organisers define and run them. Changes are made within the caller's transaction, on an event that is
//! locked.

mod drafts;
mod list;

pub use drafts::{Begun, back_to_draft, begun, delete};
pub use list::{ListedEvent, list};

use chrono::{DateTime, Utc};
use sale::definition::{CouponDefinition, Definition};
use sale::ids::EventId;
use sale::pricing::Discount;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

/// What a change must know of an event; the row stays locked until the transaction ends.
pub struct Present {
    /// The database's clock, at the lock.
    pub now: DateTime<Utc>,
    /// First moment at which anything may enter its line: the lobby, or the sale.
    pub begins_at: DateTime<Utc>,
    /// The last moment to schedule it: the end of the lobby, if it has one.
    pub lobby_closes_at: Option<DateTime<Utc>>,
    /// No draft any more.
    pub scheduled: bool,
    /// Its line was once served: its journal and its inventory know the items by their positions.
    pub was_served: bool,
    /// Ended by an organiser.
    pub stopped: bool,
    /// Stopped, or past its end. A pause holds the end: a paused sale is not over.
    pub over: bool,
    /// What its money goes through: the word of a `GatewayKind`.
    pub gateway: String,
    /// Who may take part: the word of a `Participation`.
    pub participation: String,
    /// What its guests prove themselves by: the word of a `Check`.
    pub machine_check: String,
    /// The series that it belongs to.
    pub series_id: Option<Uuid>,
    /// It has limits on hoarding.
    pub keeps_from_hoarding: bool,
    /// Raised by every change.
    pub version: i64,
}

/// What an event is called, if there is such a one.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn name_of(transaction: &mut PgConnection, event: EventId) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!("SELECT name FROM sale_events WHERE id = $1", event.0).fetch_optional(transaction).await
}

/// Locks an event; `None` when there is none.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn lock(transaction: &mut PgConnection, event: EventId) -> sqlx::Result<Option<Present>> {
    let locked = sqlx::query_scalar!("SELECT id FROM sale_events WHERE id = $1 FOR UPDATE", event.0);
    if locked.fetch_optional(&mut *transaction).await?.is_none() {
        return Ok(None);
    }
    // Read the clock after the wait for the lock: pauses must follow one another in time.
    let present = sqlx::query_as!(
        Present,
        r#"SELECT date_trunc('milliseconds', clock_timestamp()) AS "now!", coalesce(lobby_opens_at, opens_at) AS "begins_at!",
                  lobby_closes_at, scheduled,
                  EXISTS (SELECT FROM event_lines WHERE event_id = $1 AND epoch > 0) AS "was_served!",
                  stopped_at IS NOT NULL AS "stopped!",
                  stopped_at IS NOT NULL OR (closes_at <= clock_timestamp() AND NOT EXISTS (
                    SELECT FROM event_pauses WHERE event_id = $1 AND resumed_at IS NULL)) AS "over!",
                  gateway, participation, machine_check, series_id, hoarding IS NOT NULL AS "keeps_from_hoarding!", version
           FROM sale_events WHERE id = $1"#,
        event.0
    );
    present.fetch_one(transaction).await.map(Some)
}

/// The version of an event, if there is such a one.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn version(db: &mut PgConnection, event: EventId) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar!("SELECT version FROM sale_events WHERE id = $1", event.0).fetch_optional(db).await
}

/// The database's clock.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn now(db: &mut PgConnection) -> sqlx::Result<DateTime<Utc>> {
    sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "now!""#).fetch_one(db).await
}

/// Makes an event, and its line.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn insert(transaction: &mut PgConnection, event: EventId, definition: &Definition) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO sale_events (id, name, description, currency, opens_at, closes_at, scheduled, checkout, hold_ms,
                                  grace_ms, per_shopper_max, quantity_max, standby_max, payment_tries, gateway,
                                  checkout_url, lobby_opens_at, lobby_closes_at, participation, hoarding, machine_check, standby_hold_ms,
                                  series_id, time_zone)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)",
        event.0,
        definition.name,
        definition.description,
        definition.currency,
        clock::to_utc(definition.opens_at),
        clock::to_utc(definition.closes_at),
        definition.scheduled,
        definition.checkout.word(),
        definition.hold_seconds * 1_000,
        definition.grace_seconds * 1_000,
        definition.per_shopper_max,
        definition.quantity_max,
        definition.standby_max,
        definition.payment_tries,
        definition.gateway.word(),
        definition.checkout_url,
        definition.lobby.map(|lobby| clock::to_utc(lobby.opens_at)),
        definition.lobby.map(|lobby| clock::to_utc(lobby.closes_at)),
        definition.participation.word(),
        definition.hoarding.map(|limits| json!(limits.limits())),
        definition.check.word(),
        definition.standby_hold_seconds.map(|seconds| seconds * 1_000),
        definition.series.map(|series| series.0),
        definition.time_zone
    )
    .execute(&mut *transaction)
    .await?;
    sqlx::query!("INSERT INTO event_lines (event_id) VALUES ($1)", event.0).execute(transaction).await.map(drop)
}

/// Replaces what is defined of an event itself. Returns the version that comes of it.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn update(transaction: &mut PgConnection, event: EventId, definition: &Definition) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        "UPDATE sale_events SET name = $2, description = $3, currency = $4, opens_at = $5, closes_at = $6,
                scheduled = $7, checkout = $8, hold_ms = $9, grace_ms = $10, per_shopper_max = $11,
                quantity_max = $12, standby_max = $13, payment_tries = $14, gateway = $15,
                checkout_url = $16, lobby_opens_at = $17, lobby_closes_at = $18, participation = $19, hoarding = $20, machine_check = $21, standby_hold_ms = $22, series_id = $23, time_zone = $24, version = version + 1, updated_at = now()
         WHERE id = $1 RETURNING version",
        event.0,
        definition.name,
        definition.description,
        definition.currency,
        clock::to_utc(definition.opens_at),
        clock::to_utc(definition.closes_at),
        definition.scheduled,
        definition.checkout.word(),
        definition.hold_seconds * 1_000,
        definition.grace_seconds * 1_000,
        definition.per_shopper_max,
        definition.quantity_max,
        definition.standby_max,
        definition.payment_tries,
        definition.gateway.word(),
        definition.checkout_url,
        definition.lobby.map(|lobby| clock::to_utc(lobby.opens_at)),
        definition.lobby.map(|lobby| clock::to_utc(lobby.closes_at)),
        definition.participation.word(),
        definition.hoarding.map(|limits| json!(limits.limits())),
        definition.check.word(),
        definition.standby_hold_seconds.map(|seconds| seconds * 1_000),
        definition.series.map(|series| series.0),
        definition.time_zone
    )
    .fetch_one(transaction)
    .await
}

/// Raises the version, so that every process sees that something changed. Returns the new one.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn touch(transaction: &mut PgConnection, event: EventId) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        "UPDATE sale_events SET version = version + 1, updated_at = now() WHERE id = $1 RETURNING version",
        event.0
    )
    .fetch_one(transaction)
    .await
}

/// An item of an event, with its product and its price.
pub struct NewItem<'a> {
    /// Its position, which never changes.
    pub number: i32,
    /// Of this product.
    pub product: Uuid,
    /// Of that product.
    pub sku: &'a str,
    /// In minor units.
    pub list_minor: i64,
    /// From the list price.
    pub discount: &'a Discount,
    /// Units to sell.
    pub allocation: i32,
}

/// The SKUs of an event's items, by their positions.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn skus(transaction: &mut PgConnection, event: EventId) -> sqlx::Result<Vec<String>> {
    let skus = sqlx::query_scalar!("SELECT sku FROM sale_items WHERE event_id = $1 ORDER BY item_no", event.0);
    skus.fetch_all(transaction).await
}

/// The codes of an event's coupons in small letters, by their positions.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn coupon_codes(transaction: &mut PgConnection, event: EventId) -> sqlx::Result<Vec<String>> {
    let codes = sqlx::query_scalar!(
        r#"SELECT lower(code) AS "code!" FROM coupons WHERE event_id = $1 ORDER BY coupon_no"#,
        event.0
    );
    codes.fetch_all(transaction).await
}

/// Removes the items and coupons of a draft, whose positions nobody knows yet.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn start_over(transaction: &mut PgConnection, event: EventId) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM sale_items WHERE event_id = $1", event.0).execute(&mut *transaction).await?;
    sqlx::query!("DELETE FROM coupons WHERE event_id = $1", event.0).execute(transaction).await.map(drop)
}

/// Adds items or changes those that there are.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn put_items(transaction: &mut PgConnection, event: EventId, items: &[NewItem<'_>]) -> sqlx::Result<()> {
    for item in items {
        sqlx::query!(
            "INSERT INTO sale_items (event_id, item_no, product_id, sku, list_minor, discount, allocation)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (event_id, item_no) DO UPDATE
             SET list_minor = excluded.list_minor, discount = excluded.discount, allocation = excluded.allocation",
            event.0,
            item.number,
            item.product,
            item.sku,
            item.list_minor,
            json!(item.discount),
            item.allocation
        )
        .execute(&mut *transaction)
        .await?;
    }
    Ok(())
}

/// Adds coupons, each at its position, or changes those that there are.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn put_coupons(
    transaction: &mut PgConnection,
    event: EventId,
    coupons: &[(i32, &CouponDefinition)],
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

/// Releases a draft for sale.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn schedule(transaction: &mut PgConnection, event: EventId) -> sqlx::Result<()> {
    sqlx::query!("UPDATE sale_events SET scheduled = true WHERE id = $1", event.0).execute(transaction).await.map(drop)
}

/// Begins a pause; whether there was none. It comes after the one before it, by a millisecond at least: pauses never
/// overlap, nor begin together.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn begin_pause(
    transaction: &mut PgConnection,
    event: EventId,
    now: DateTime<Utc>,
    reason: &str,
) -> sqlx::Result<bool> {
    let begun = sqlx::query!(
        "INSERT INTO event_pauses (event_id, paused_at, reason)
         SELECT $1, greatest($2, max(resumed_at), max(paused_at) + interval '1 millisecond'), $3
         FROM event_pauses WHERE event_id = $1
         HAVING count(*) FILTER (WHERE resumed_at IS NULL) = 0",
        event.0,
        now,
        reason
    );
    Ok(begun.execute(transaction).await?.rows_affected() > 0)
}

/// Ends the pause, if there is one, and moves the end of the sale by what it held
/// (see [`sale::rules::SaleRules::ends_at`]); whether there was one.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn end_pause(transaction: &mut PgConnection, event: EventId, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let ended = sqlx::query!(
        "WITH ended AS (
           UPDATE event_pauses SET resumed_at = greatest($2, paused_at) WHERE event_id = $1 AND resumed_at IS NULL
           RETURNING paused_at, resumed_at)
         UPDATE sale_events e SET closes_at = closes_at + greatest(resumed_at - greatest(paused_at, opens_at), '0')
         FROM ended WHERE e.id = $1",
        event.0,
        now
    );
    Ok(ended.execute(transaction).await?.rows_affected() > 0)
}

/// Stops a sale for good.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn stop(
    transaction: &mut PgConnection,
    event: EventId,
    now: DateTime<Utc>,
    reason: &str,
) -> sqlx::Result<()> {
    sqlx::query!("UPDATE sale_events SET stopped_at = $2, stop_reason = $3 WHERE id = $1", event.0, now, reason)
        .execute(transaction)
        .await
        .map(drop)
}

/// An item, and the sale, after units were added to it.
pub struct Restocked {
    /// Units of the item.
    pub allocation: i32,
    /// Units of the whole event.
    pub total: u64,
}

/// Adds units to an item; `None` when the event has no such item.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn restock(
    transaction: &mut PgConnection,
    event: EventId,
    sku: &str,
    units: i32,
) -> sqlx::Result<Option<Restocked>> {
    let updated = sqlx::query_scalar!(
        "UPDATE sale_items SET allocation = allocation + $3 WHERE event_id = $1 AND sku = $2 RETURNING allocation",
        event.0,
        sku,
        units
    );
    let Some(allocation) = updated.fetch_optional(&mut *transaction).await? else { return Ok(None) };
    let total = sqlx::query_scalar!(
        r#"SELECT sum(allocation)::bigint AS "total!" FROM sale_items WHERE event_id = $1"#,
        event.0
    );
    Ok(Some(Restocked { allocation, total: crate::to_u64(total.fetch_one(transaction).await?) }))
}
