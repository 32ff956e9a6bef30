//! What PostgreSQL has of reservations, payments and orders: the system of record, a moment behind the line.

use std::collections::HashMap;
use std::time::Duration;

use record::reservations::Row;
use sale::answer::{Answer, Grant};
use sale::ids::{AttemptId, EventId, ShopperId};
use sale::record::Record;
use serde::Serialize;
use sqlx::PgPool;
use sqlx::types::Json;
use utoipa::ToSchema;
use uuid::Uuid;

/// How long an answer that can do without the database waits for it.
pub(crate) const ASIDE_WITHIN: Duration = Duration::from_millis(1_000);

/// The states of an order.
pub(crate) const ORDER_STATES: [&str; 5] = ["pending", "paid", "failed", "cancelled", "refunded"];

/// A payment, as its shopper sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PaymentView {
    /// Which payment.
    pub(crate) payment_id: Uuid,
    /// For which reservation.
    pub(crate) attempt_id: Uuid,
    /// `requested`, `authorising`, `authorised`, `confirming`, `capturing`, `captured`, `declined`, `voiding`,
    /// `voided` or `capture_failed`.
    pub(crate) state: String,
    /// In minor units.
    pub(crate) amount_minor: i64,
    /// ISO 4217.
    pub(crate) currency: String,
    /// Why it failed, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<String>,
    /// Tries that remain, after one that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tries_left: Option<u32>,
}

/// An order, as its shopper sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OrderView {
    /// Which order.
    pub(crate) order_id: Uuid,
    /// The number for people.
    pub(crate) number: String,
    /// Of which sale.
    pub(crate) event_id: Uuid,
    /// From which reservation.
    pub(crate) attempt_id: Uuid,
    /// What.
    pub(crate) sku: String,
    /// How many units.
    pub(crate) quantity: i32,
    /// In minor units.
    pub(crate) total_minor: i64,
    /// ISO 4217.
    pub(crate) currency: String,
    /// `pending`, `paid`, `failed`, `cancelled` or `refunded`.
    pub(crate) state: String,
    /// Unix ms.
    pub(crate) created_at_ms: u64,
    /// Unix ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) paid_at_ms: Option<u64>,
}

/// A reservation as recorded.
#[derive(Clone, Debug)]
pub(crate) struct Reservation {
    pub(crate) event: EventId,
    pub(crate) record: Record,
}

fn reservation_of(row: Row) -> sqlx::Result<Reservation> {
    let event = EventId(row.event_id);
    let record = row.into_record().map_err(|error| sqlx::Error::Decode(error.into()))?;
    Ok(Reservation { event, record })
}

/// One reservation.
pub(crate) async fn reservation(pool: &PgPool, attempt: AttemptId) -> sqlx::Result<Option<Reservation>> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT id, event_id, shopper_id, state, answer AS "answer: Json<Answer>", grant_ AS "grant: Json<Grant>",
                  payment_id, settled_at IS NOT NULL AS "settled!", ended_why
           FROM reservations WHERE id = $1"#,
        attempt.0
    )
    .fetch_optional(pool)
    .await?;
    row.map(reservation_of).transpose()
}

/// Whether anything of a sale was decided and recorded.
pub(crate) async fn anything_decided(pool: &PgPool, event: EventId) -> sqlx::Result<bool> {
    let seq = sqlx::query_scalar!("SELECT seq FROM event_lines WHERE event_id = $1", event.0);
    Ok(seq.fetch_optional(pool).await?.is_some_and(|seq| seq > 0))
}

/// The latest reservations of a shopper, the latest first.
pub(crate) async fn reservations_of(pool: &PgPool, shopper: ShopperId, limit: i64) -> sqlx::Result<Vec<Reservation>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, event_id, shopper_id, state, answer AS "answer: Json<Answer>", grant_ AS "grant: Json<Grant>",
                  payment_id, settled_at IS NOT NULL AS "settled!", ended_why
           FROM reservations WHERE shopper_id = $1 ORDER BY answered_at DESC, id LIMIT $2"#,
        shopper.0,
        limit
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(reservation_of).collect()
}

/// The latest payment of each of these reservations (the one that was captured, if one was).
pub(crate) async fn payments_for(pool: &PgPool, attempts: &[Uuid]) -> sqlx::Result<HashMap<Uuid, PaymentView>> {
    let rows = sqlx::query!(
        r#"SELECT DISTINCT ON (p.reservation_id) p.id, p.reservation_id, p.state, p.amount_minor, p.currency, p.failure,
                  greatest(e.payment_tries - (SELECT count(*) FROM payments d
                      WHERE d.reservation_id = p.reservation_id AND d.state = 'declined'), 0) AS "tries_left!"
           FROM payments p JOIN sale_events e ON e.id = p.event_id
           WHERE p.reservation_id = ANY($1)
           ORDER BY p.reservation_id, (p.state = 'captured') DESC, p.id DESC"#,
        attempts
    )
    .fetch_all(pool)
    .await?;
    let view = |state: &str, tries_left: i64| (state == "declined").then(|| u32::try_from(tries_left).unwrap_or(0));
    Ok(rows
        .into_iter()
        .map(|row| {
            let tries_left = view(&row.state, row.tries_left);
            let payment = PaymentView {
                payment_id: row.id,
                attempt_id: row.reservation_id,
                state: row.state,
                amount_minor: row.amount_minor,
                currency: row.currency,
                failure: row.failure,
                tries_left,
            };
            (row.reservation_id, payment)
        })
        .collect())
}

/// The orders of these reservations.
pub(crate) async fn orders_for(pool: &PgPool, attempts: &[Uuid]) -> sqlx::Result<HashMap<Uuid, OrderView>> {
    let rows = sqlx::query_as!(
        OrderRow,
        "SELECT id, number, event_id, reservation_id, sku, quantity, total_minor, \
         currency, state, created_at, paid_at FROM orders WHERE reservation_id = ANY($1)",
        attempts
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.reservation_id, row.into_view())).collect())
}

/// The latest orders of a shopper, the latest first.
pub(crate) async fn orders_of(pool: &PgPool, shopper: ShopperId, limit: i64) -> sqlx::Result<Vec<OrderView>> {
    let rows = sqlx::query_as!(
        OrderRow,
        "SELECT id, number, event_id, reservation_id, sku, quantity, total_minor, \
         currency, state, created_at, paid_at FROM orders WHERE shopper_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2",
        shopper.0,
        limit
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(OrderRow::into_view).collect())
}

struct OrderRow {
    id: Uuid,
    number: String,
    event_id: Uuid,
    reservation_id: Uuid,
    sku: String,
    quantity: i32,
    total_minor: i64,
    currency: String,
    state: String,
    created_at: chrono::DateTime<chrono::Utc>,
    paid_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl OrderRow {
    fn into_view(self) -> OrderView {
        OrderView {
            order_id: self.id,
            number: self.number,
            event_id: self.event_id,
            attempt_id: self.reservation_id,
            sku: self.sku,
            quantity: self.quantity,
            total_minor: self.total_minor,
            currency: self.currency,
            state: self.state,
            created_at_ms: clock::from_utc(self.created_at).0,
            paid_at_ms: self.paid_at.map(|at| clock::from_utc(at).0),
        }
    }
}
