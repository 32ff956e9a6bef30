//! Webhooks of the gateway: which came before, and what they make due.

use sale::payment::{PaymentState, RefundState};
use sale::words::Word;
use sqlx::PgPool;
use uuid::Uuid;

use crate::payments;

/// Makes a payment and its refunds due now, once for each webhook. `false` when the webhook came before. `id` is the
/// gateway's id of the webhook; `reference` is the payment that it names, which may be none of ours.
///
/// Never cancel it half-way: that poisons the connection (see [`crate::pool`]).
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn take(pool: &PgPool, id: &str, reference: Uuid) -> sqlx::Result<bool> {
    let mut transaction = pool.begin().await?;
    let receipt = sqlx::query!(
        "INSERT INTO webhook_receipts (gateway_event_id) VALUES ($1) ON CONFLICT (gateway_event_id) DO NOTHING",
        id
    )
    .execute(&mut *transaction)
    .await?;
    let fresh = receipt.rows_affected() == 1;
    if fresh {
        // Not while somebody is just working on it. (It would be harmless, but every webhook would cost a call.)
        sqlx::query!(
            "UPDATE payments SET next_try_at = now()
             WHERE id = $1 AND state = ANY($2) AND updated_at < now() - interval '1 second'",
            reference,
            PaymentState::words_of(PaymentState::waits_for_gateway) as _
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "UPDATE refunds SET next_try_at = now()
             WHERE payment_id = $1 AND state = ANY($2) AND updated_at < now() - interval '1 second'",
            reference,
            RefundState::words_of(RefundState::is_owed_a_step) as _
        )
        .execute(&mut *transaction)
        .await?;
        payments::call(&mut transaction).await?;
    }
    transaction.commit().await?;
    Ok(fresh)
}
