//! What happens to orders: each within the transaction that causes it.

use sale::ids::{AttemptId, OrderId};
use sale::payment::OrderState;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::payments::due::Payment;

/// Makes an order of each of these granted reservations. Of the direct-order model, where an order exists from the
/// grant on; in the other one it does only once it is paid.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn granted(db: &mut PgConnection, attempts: &[AttemptId]) -> sqlx::Result<()> {
    if attempts.is_empty() {
        return Ok(());
    }
    let attempts: Vec<Uuid> = attempts.iter().map(|attempt| attempt.0).collect();
    // In the order of time, like every order's id.
    let ids: Vec<Uuid> = attempts.iter().map(|_| Uuid::now_v7()).collect();
    sqlx::query!(
        "INSERT INTO orders (id, number, event_id, reservation_id, shopper_id, sku, quantity, total_minor, currency, state)
         SELECT ($2::uuid[])[row_number() OVER (ORDER BY r.granted_seq, r.id)], 'FL-' || nextval('order_numbers'), r.event_id, r.id, r.shopper_id, i.sku,
                r.quantity, r.total_minor, e.currency, $3
         FROM reservations r
         JOIN sale_events e ON e.id = r.event_id
         JOIN sale_items i ON i.event_id = r.event_id AND i.item_no = r.item_no
         WHERE r.id = ANY($1) ORDER BY r.granted_seq, r.id
         ON CONFLICT (reservation_id) DO NOTHING",
        &attempts,
        &ids,
        OrderState::Pending.word()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Cancels the orders of reservations that were lost unpaid.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn cancelled(db: &mut PgConnection, attempts: &[AttemptId]) -> sqlx::Result<()> {
    if attempts.is_empty() {
        return Ok(());
    }
    let attempts: Vec<Uuid> = attempts.iter().map(|attempt| attempt.0).collect();
    sqlx::query!(
        "UPDATE orders SET state = $2, updated_at = now() WHERE reservation_id = ANY($1) AND state = ANY($3)",
        &attempts,
        OrderState::Cancelled.word(),
        OrderState::words_before(OrderState::Cancelled) as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The order of a payment whose money was taken is paid; it is made if there is none yet. Returns its number.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn paid(db: &mut PgConnection, payment: &Payment) -> sqlx::Result<String> {
    sqlx::query_scalar!(
        "INSERT INTO orders (id, number, event_id, reservation_id, shopper_id, sku, quantity, total_minor, currency,
                             state, payment_id, reference, paid_at)
         SELECT $2, 'FL-' || nextval('order_numbers'), r.event_id, r.id, r.shopper_id, i.sku, r.quantity,
                $3, $4, $6, $5, $7, now()
         FROM reservations r JOIN sale_items i ON i.event_id = r.event_id AND i.item_no = r.item_no
         WHERE r.id = $1
         ON CONFLICT (reservation_id)
           DO UPDATE SET state = EXCLUDED.state, payment_id = EXCLUDED.payment_id,
                         reference = EXCLUDED.reference, paid_at = now(), updated_at = now()
         RETURNING number",
        payment.attempt.0,
        Uuid::now_v7(),
        payment.amount_minor,
        payment.currency,
        payment.id.0,
        OrderState::Paid.word(),
        payment.reference()
    )
    .fetch_one(db)
    .await
}

/// The order of a reservation whose money could not be taken has failed, if there is one.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn failed(db: &mut PgConnection, attempt: AttemptId) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE orders SET state = $2, updated_at = now() WHERE reservation_id = $1 AND state = ANY($3)",
        attempt.0,
        OrderState::Failed.word(),
        OrderState::words_before(OrderState::Failed) as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// So much of the money of an order went back. With the last of it, the order is refunded.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn refunded(db: &mut PgConnection, order: OrderId, amount_minor: i64) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE orders SET refunded_minor = refunded_minor + $3, updated_at = now(),
                           state = CASE WHEN refunded_minor + $3 = total_minor THEN $2 ELSE state END
         WHERE id = $1",
        order.0,
        OrderState::Refunded.word(),
        amount_minor
    )
    .execute(db)
    .await?;
    Ok(())
}

/// So much of what had gone back came back: the order is paid again.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn refund_came_back(db: &mut PgConnection, order: OrderId, amount_minor: i64) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE orders SET refunded_minor = refunded_minor - $2, state = $3, updated_at = now() WHERE id = $1",
        order.0,
        amount_minor,
        OrderState::Paid.word()
    )
    .execute(db)
    .await?;
    Ok(())
}
