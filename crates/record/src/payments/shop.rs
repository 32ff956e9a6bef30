//! Payments that the shop's own checkout takes. Whether the units are the shopper's is for the line to decide, as ever; the
//! row keeps the shop's reference, and with it the answer for whoever asks again.

use std::time::Duration;

use sale::command::Command;
use sale::gateway::GatewayKind;
use sale::ids::{AttemptId, EventId, PaymentId, ShopperId};
use sale::payment::PaymentState;
use sqlx::{PgConnection, PgExecutor};

use crate::outbox;
use crate::word_column::Column;

/// What the shop said of a reservation, and what came of it.
#[derive(Clone, Debug)]
pub struct ShopPayment {
    /// Which payment.
    pub id: PaymentId,
    /// Where it stands.
    pub state: PaymentState,
    /// What the shop knows it by.
    pub reference: String,
    /// Why the line did not accept it, if it did not.
    pub failure: Option<String>,
}

/// The latest that the shop said of a reservation.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn latest_by_shop(db: impl PgExecutor<'_>, attempt: AttemptId) -> sqlx::Result<Option<ShopPayment>> {
    let row = sqlx::query!(
        r#"SELECT id, state AS "state: Column<PaymentState>", gateway_ref AS "reference!", failure
           FROM payments WHERE reservation_id = $1 AND gateway = $2 ORDER BY id DESC LIMIT 1"#,
        attempt.0,
        GatewayKind::Shop.word()
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| ShopPayment {
        id: PaymentId(row.id),
        state: row.state.0,
        reference: row.reference,
        failure: row.failure,
    }))
}

/// What the shop confirms.
#[derive(Clone, Copy, Debug)]
pub struct Confirmation<'c> {
    /// The payment's id, made by the caller.
    pub id: PaymentId,
    /// Which reservation.
    pub attempt: AttemptId,
    /// Of which sale.
    pub event: EventId,
    /// Whose.
    pub shopper: ShopperId,
    /// What the shop knows it by.
    pub reference: &'c str,
    /// In minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: &'c str,
}

/// Writes down what the shop confirms, and asks the line to convert the reservation; again after a while. Belongs under the
/// [lock](super::lock) of the reservation.
///
/// # Errors
/// When PostgreSQL refuses: also when a payment for the same reservation is live.
pub async fn confirm_by_shop(
    db: &mut PgConnection,
    confirmation: &Confirmation<'_>,
    again_after: Duration,
) -> sqlx::Result<()> {
    // No client names these payments by a key: each has its own.
    sqlx::query!(
        "INSERT INTO payments (id, reservation_id, event_id, shopper_id, idempotency_key, body_sha256, card_token,
                               amount_minor, currency, gateway, gateway_ref, state, next_try_at)
         VALUES ($1, $2, $3, $4, $5, '', '', $6, $7, $8, $9, $10, now() + make_interval(secs => $11))",
        confirmation.id.0,
        confirmation.attempt.0,
        confirmation.event.0,
        confirmation.shopper.0,
        confirmation.id.to_string(),
        confirmation.amount_minor,
        confirmation.currency,
        GatewayKind::Shop.word(),
        confirmation.reference,
        PaymentState::Confirming.word(),
        again_after.as_secs_f64()
    )
    .execute(&mut *db)
    .await?;
    let command = Command::Confirm { attempt: confirmation.attempt, payment: confirmation.id };
    outbox::put_command(db, confirmation.event, &command).await
}
