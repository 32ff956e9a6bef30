//! Webhooks of the gateway: which came before, and what they make due.

use sale::gateway::GatewayKind;
use sale::payment::{PaymentState, RefundState};
use sale::words::Word;
use sqlx::PgPool;
use uuid::Uuid;

use crate::payments;

/// What a webhook is about, which may be none of ours.
#[derive(Clone, Debug)]
pub enum About {
    /// Our payment, by its own id.
    Payment(Uuid),
    /// Our payment, by the gateway's id of it.
    Held(String),
}

/// Makes a payment and its refunds due now, once for each webhook. `false` when the webhook came before. `id` is the
/// gateway's id of the webhook.
///
/// Never cancel it half-way: that poisons the connection (see [`crate::pool`]).
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn take(pool: &PgPool, gateway: GatewayKind, id: &str, about: &About) -> sqlx::Result<bool> {
    let (payment, held) = match about {
        About::Payment(payment) => (Some(*payment), None),
        About::Held(held) => (None, Some(held)),
    };
    let mut transaction = pool.begin().await?;
    let receipt = sqlx::query!(
        "INSERT INTO webhook_receipts (gateway_event_id) VALUES ($1) ON CONFLICT (gateway_event_id) DO NOTHING",
        format!("{gateway}:{id}")
    )
    .execute(&mut *transaction)
    .await?;
    let fresh = receipt.rows_affected() == 1;
    if fresh {
        // Not while somebody is just working on it. (It would be harmless, but every webhook would cost a call.)
        sqlx::query!(
            "UPDATE payments SET next_try_at = now()
             WHERE gateway = $1 AND (id = $2 OR gateway_ref = $3) AND state = ANY($4)
               AND updated_at < now() - interval '1 second'",
            gateway.word(),
            payment,
            held,
            PaymentState::words_of(PaymentState::waits_for_gateway) as _
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "UPDATE refunds r SET next_try_at = now() FROM payments p
             WHERE p.id = r.payment_id AND p.gateway = $1 AND (p.id = $2 OR p.gateway_ref = $3) AND r.state = ANY($4)
               AND r.updated_at < now() - interval '1 second'",
            gateway.word(),
            payment,
            held,
            RefundState::words_of(RefundState::is_owed_a_step) as _
        )
        .execute(&mut *transaction)
        .await?;
        payments::call(&mut transaction).await?;
    }
    transaction.commit().await?;
    Ok(fresh)
}
