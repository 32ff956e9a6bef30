//! What is compared with Redis and with the gateway, and orders with what they stand on.

use std::collections::HashMap;
use std::time::Duration;

use sale::ids::EventId;
use sale::payment::{OrderState, PaymentState, RefundState};
use sale::words::Word;
use sqlx::PgPool;
use uuid::Uuid;

use crate::reservations::ReservationState;
use crate::to_u64;
use crate::word_column::Column;

/// Events that have decided anything, and are not long settled.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn events(pool: &PgPool) -> sqlx::Result<Vec<EventId>> {
    let events = sqlx::query_scalar!(
        "SELECT event_id FROM event_lines l JOIN sale_events e ON e.id = l.event_id
         WHERE l.seq > 0 AND coalesce(e.settled_at, now()) > now() - interval '1 day'"
    )
    .fetch_all(pool)
    .await?;
    Ok(events.into_iter().map(EventId).collect())
}

/// Units of an event that are held or sold, as of one round.
#[derive(Clone, Debug)]
pub struct Units {
    /// The last round recorded.
    pub seq: u64,
    by_item: HashMap<(i32, ReservationState), i64>,
}

impl Units {
    /// Units of an item that are held. An item without a row has none.
    pub fn held(&self, item: i32) -> i64 {
        self.of(item, ReservationState::Active)
    }

    /// Units of an item that are sold. An item without a row has none.
    pub fn sold(&self, item: i32) -> i64 {
        self.of(item, ReservationState::Converted)
    }

    fn of(&self, item: i32, state: ReservationState) -> i64 {
        self.by_item.get(&(item, state)).copied().unwrap_or(0)
    }
}

/// Units held and sold; nothing for an event without a line.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn units(pool: &PgPool, event: EventId) -> sqlx::Result<Option<Units>> {
    let out = [ReservationState::Active.word(), ReservationState::Converted.word()];
    // One statement, so one snapshot.
    let rows = sqlx::query!(
        r#"SELECT l.seq AS "seq!", r.item_no AS "item_no?", r.state AS "state?: Column<ReservationState>",
                  COALESCE(sum(r.quantity), 0)::bigint AS "units!"
           FROM event_lines l
           LEFT JOIN reservations r ON r.event_id = l.event_id AND r.state = ANY($2)
           WHERE l.event_id = $1 GROUP BY l.seq, r.item_no, r.state"#,
        event.0,
        &out as _
    )
    .fetch_all(pool)
    .await?;
    let Some(seq) = rows.first().map(|row| to_u64(row.seq)) else { return Ok(None) };
    // An event of which nothing is held or sold has one row, without an item.
    let by_item = rows.into_iter().filter_map(|row| Some(((row.item_no?, row.state?.0), row.units)));
    Ok(Some(Units { seq, by_item: by_item.collect() }))
}

/// A payment as it is recorded.
#[derive(Clone, Debug)]
pub struct ComparedPayment {
    /// Where it stands.
    pub state: PaymentState,
    /// In minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// The gateway's id of it.
    pub gateway_ref: Option<String>,
    /// Whether it has not changed of late.
    pub settled: bool,
    /// What went back of it, in minor units.
    pub refunded_minor: i64,
    /// Whether no refund of it is under way, nor has changed of late.
    pub refunds_settled: bool,
}

/// The payments that a gateway names, by the references that it gives for them. What is none of ours is absent.
/// What changed within `of_late` may differ from the gateway for good reason.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn payments(
    pool: &PgPool,
    references: &[Uuid],
    of_late: Duration,
) -> sqlx::Result<HashMap<Uuid, ComparedPayment>> {
    let rows = sqlx::query!(
        r#"SELECT p.id, p.state AS "state: Column<PaymentState>", p.amount_minor, p.currency, p.gateway_ref,
                  p.updated_at < now() - make_interval(secs => $2) AS "settled!",
                  (SELECT coalesce(sum(r.amount_minor), 0)::bigint FROM refunds r
                   WHERE r.payment_id = p.id AND r.state = $3) AS "refunded_minor!",
                  NOT EXISTS (SELECT 1 FROM refunds r WHERE r.payment_id = p.id
                              AND (r.state = ANY($4)
                                   OR r.updated_at > now() - make_interval(secs => $2))) AS "refunds_settled!"
           FROM payments p WHERE p.id = ANY($1)"#,
        references,
        of_late.as_secs_f64(),
        RefundState::Refunded.word(),
        RefundState::words_of(RefundState::is_owed_a_step) as _
    )
    .fetch_all(pool)
    .await?;
    let payments = rows.into_iter().map(|row| {
        let payment = ComparedPayment {
            state: row.state.0,
            amount_minor: row.amount_minor,
            currency: row.currency,
            gateway_ref: row.gateway_ref,
            settled: row.settled,
            refunded_minor: row.refunded_minor,
            refunds_settled: row.refunds_settled,
        };
        (row.id, payment)
    });
    Ok(payments.collect())
}

/// The numbers of orders that are paid, but not by a captured payment of a converted reservation over the same amount.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn unfounded_orders(pool: &PgPool) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        "SELECT o.number FROM orders o
         LEFT JOIN payments p ON p.id = o.payment_id
         LEFT JOIN reservations r ON r.id = o.reservation_id
         WHERE o.state = $1
           -- Of one that is refunded in part, the units may have gone back.
           AND NOT EXISTS (SELECT FROM refunds f WHERE f.order_id = o.id AND f.put_back_at IS NOT NULL)
           AND (p.state IS DISTINCT FROM $2 OR r.state IS DISTINCT FROM $3
                OR r.payment_id IS DISTINCT FROM o.payment_id OR p.amount_minor IS DISTINCT FROM o.total_minor)",
        OrderState::Paid.word(),
        PaymentState::Captured.word(),
        ReservationState::Converted.word()
    )
    .fetch_all(pool)
    .await
}
