//! What admins ask for. Everything here is within the transaction that has [locked](crate::orders::lock) the order.

use chrono::{DateTime, Utc};
use sale::ids::{EventId, OrderId, PaymentId, RefundId};
use sale::payment::RefundState;
use sale::words::Word;
use sqlx::PgConnection;

use crate::word_column::Column;

/// A refund, as admins see it.
#[derive(Clone, Debug)]
pub struct ShownRefund {
    /// Which refund.
    pub id: RefundId,
    /// Of which order.
    pub order: OrderId,
    /// In minor units; zero where nothing was to be paid.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// Why the admin asked for it.
    pub reason: String,
    /// Where it stands.
    pub state: RefundState,
    /// Why it failed, or what holds it up.
    pub failure: Option<String>,
    /// Whether the units return to the sale, once the money has gone back.
    pub put_back: bool,
    /// When the admin asked for it.
    pub created_at: DateTime<Utc>,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// Its id, made by the caller.
    pub id: RefundId,
    /// Of which order.
    pub order: OrderId,
    /// Of which payment.
    pub payment: PaymentId,
    /// In minor units.
    pub amount_minor: i64,
    /// Why.
    pub reason: &'r str,
    /// Whether the units return to the sale, once the money has gone back.
    pub put_back: bool,
}

/// Asks for a refund.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn request(db: &mut PgConnection, request: &Request<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO refunds (id, order_id, payment_id, amount_minor, reason, put_back) VALUES ($1, $2, $3, $4, $5, $6)",
        request.id.0,
        request.order.0,
        request.payment.0,
        request.amount_minor,
        request.reason,
        request.put_back
    )
    .execute(db)
    .await?;
    Ok(())
}

/// All refunds of an order that were ever asked for, the latest first.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn of_order(db: &mut PgConnection, order: OrderId) -> sqlx::Result<Vec<ShownRefund>> {
    sqlx::query_as!(
        ShownRefund,
        r#"SELECT r.id, r.order_id AS "order", r.amount_minor, o.currency, r.reason,
                  r.state AS "state: Column<RefundState>", r.failure, r.put_back, r.created_at
           FROM refunds r JOIN orders o ON o.id = r.order_id WHERE r.order_id = $1 ORDER BY r.id DESC"#,
        order.0
    )
    .fetch_all(db)
    .await
}

/// A refund.
///
/// # Errors
/// When PostgreSQL does not answer, or there is no such refund.
pub async fn show(db: &mut PgConnection, refund: RefundId) -> sqlx::Result<ShownRefund> {
    sqlx::query_as!(
        ShownRefund,
        r#"SELECT r.id, r.order_id AS "order", r.amount_minor, o.currency, r.reason,
                  r.state AS "state: Column<RefundState>", r.failure, r.put_back, r.created_at
           FROM refunds r JOIN orders o ON o.id = r.order_id WHERE r.id = $1"#,
        refund.0
    )
    .fetch_one(db)
    .await
}

/// Has a refund that waits for its next try, or for somebody's attention, tried now.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn hurry(db: &mut PgConnection, refund: RefundId) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE refunds SET next_try_at = now(), tries = CASE WHEN state = $3 THEN 0 ELSE tries END,
                            state = CASE WHEN state = $3 THEN $4 ELSE state END, updated_at = now()
         WHERE id = $1 AND (state = ANY($2) OR state = $3)",
        refund.0,
        RefundState::words_of(RefundState::is_owed_a_step) as _,
        RefundState::NeedsAttention.word(),
        RefundState::Requested.word()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Asks for the units of a refund that left them sold.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn ask_put_back(db: &mut PgConnection, refund: RefundId) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE refunds SET put_back = true, next_try_at = now(), tries = 0, updated_at = now() WHERE id = $1",
        refund.0
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Makes sure that the sale's line is there to take units back: one that nothing was owed by is kept for it. `false`
/// when the line is cleared away.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn keep_line(db: &mut PgConnection, event: EventId) -> sqlx::Result<bool> {
    let kept = sqlx::query!(
        "UPDATE sale_events SET settled_at = NULL, version = version + (settled_at IS NOT NULL)::int
         WHERE id = $1 AND cleared_at IS NULL",
        event.0
    )
    .execute(db)
    .await?;
    Ok(kept.rows_affected() > 0)
}
