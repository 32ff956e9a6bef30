//! Refunds: asked for by an admin, carried out here.

use std::time::Duration;

use sale::ids::{AttemptId, EventId, PaymentId, ShopperId};
use sale::report::{OrderChange, OrderNews};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use wiring::retry;

use crate::payments::gateway::{AuthorisationState, GatewayError};
use crate::{Context, meters, outbox};

const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Longer than a call to the gateway takes.
const LEASE_S: f64 = 20.0;
/// Tries before a refund is left for a person.
const TRIES_MAX: i32 = 20;

struct Refund {
    id: Uuid,
    order_id: Uuid,
    payment_id: Uuid,
    amount_minor: i64,
    tries: i32,
}

/// Carries refunds out until told to stop.
pub(crate) async fn run(context: Context, shutdown: CancellationToken) -> anyhow::Result<()> {
    while !shutdown.is_cancelled() {
        match due(&context).await {
            Ok(Some(refund)) => {
                if let Err(error) = carry_out(&context, &refund).await {
                    retry::again("refund");
                    tracing::warn!(refund = %refund.id, error = format!("{error:#}"), "refund: will be tried again");
                }
            }
            Ok(None) => drop(tokio::time::timeout(LOOK_EVERY, shutdown.cancelled()).await),
            Err(error) => {
                retry::again("refunds");
                tracing::warn!(%error, "refunds: database away");
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
    }
    Ok(())
}

async fn due(context: &Context) -> sqlx::Result<Option<Refund>> {
    sqlx::query_as!(
        Refund,
        "UPDATE refunds SET next_try_at = now() + make_interval(secs => $1::float8 * (tries + 1)), tries = tries + 1
         WHERE id = (SELECT id FROM refunds WHERE state = 'requested' AND next_try_at <= now()
                     ORDER BY next_try_at LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING id, order_id, payment_id, amount_minor, tries",
        LEASE_S
    )
    .fetch_optional(&context.pool)
    .await
}

async fn carry_out(context: &Context, refund: &Refund) -> anyhow::Result<()> {
    let payment = sqlx::query!(
        "SELECT gateway_ref, event_id, shopper_id, reservation_id FROM payments WHERE id = $1",
        refund.payment_id
    )
    .fetch_one(&context.pool)
    .await?;
    let answer = match &payment.gateway_ref {
        Some(taken) => context.gateway.refund(taken).await,
        None => Err(GatewayError::Permanent("the payment has no reference at the gateway".to_owned())),
    };
    let failure = match answer {
        Ok(back) if back.state == AuthorisationState::Refunded => None,
        Ok(other) => Some(format!("authorisation is {:?}", other.state)),
        Err(GatewayError::Permanent(why)) => Some(why),
        Err(error) if refund.tries >= TRIES_MAX => Some(error.to_string()),
        Err(error) => return Err(error.into()),
    };
    let mut transaction = context.pool.begin().await?;
    let state = if failure.is_none() { "refunded" } else { "failed" };
    sqlx::query!(
        "UPDATE refunds SET state = $2, failure = $3, updated_at = now() WHERE id = $1 AND state = 'requested'",
        refund.id,
        state,
        failure
    )
    .execute(&mut *transaction)
    .await?;
    if failure.is_none() {
        sqlx::query!("UPDATE orders SET state = 'refunded', updated_at = now() WHERE id = $1", refund.order_id)
            .execute(&mut *transaction)
            .await?;
        let news = OrderNews {
            event: EventId(payment.event_id),
            shopper: ShopperId(payment.shopper_id),
            attempt: AttemptId(payment.reservation_id),
            payment: PaymentId(refund.payment_id),
            what: OrderChange::Refunded { amount_minor: refund.amount_minor },
        };
        outbox::put_news(&mut transaction, &news).await?;
    } else {
        tracing::error!(refund = %refund.id, failure, "refund failed");
    }
    transaction.commit().await?;
    meters::REFUNDS.one(state);
    Ok(())
}
