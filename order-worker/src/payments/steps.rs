//! The steps of a payment.

use std::time::Duration;

use sale::command::{CancelCause, Command};
use sale::ids::{AttemptId, EventId, PaymentId, ShopperId};
use sale::report::{OrderChange, OrderNews};
use uuid::Uuid;
use wiring::retry;

use super::Payment;
use super::gateway::{Authorisation, AuthorisationState, GatewayError, Wish};
use crate::{Context, meters, outbox};

/// Tries of one step whose outcome stays unknown, before the payment is given up (and voided).
const AUTHORISE_TRIES_MAX: i32 = 12;
/// Between tries of a step.
const RETRY_FIRST_MS: u64 = 300;
const RETRY_LONGEST_MS: u64 = 15_000;
/// Before a confirmation that nobody answered is sent again.
const CONFIRM_AGAIN_S: f64 = 5.0;

/// Takes a payment one step further. A failure leaves it where it is, to be tried again.
pub(super) async fn advance(context: &Context, payment: Payment) {
    let state = payment.state.clone();
    let stepped = match state.as_str() {
        "requested" | "authorising" | "authorised" => authorise(context, &payment).await,
        "confirming" => confirm_again(context, &payment).await,
        "capturing" => capture(context, &payment).await,
        _ => void(context, &payment).await,
    };
    meters::PAYMENT_STEPS.one(meters::STATES.into_iter().find(|known| *known == state).unwrap_or("other"));
    if let Err(error) = stepped {
        retry::again("payment step");
        tracing::warn!(payment = %payment.id, state, tries = payment.tries, %error, "payment step failed");
        if let Err(error) = try_later(context, &payment).await {
            tracing::warn!(payment = %payment.id, %error, "its lease will run out");
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum StepError {
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
}

async fn authorise(context: &Context, payment: &Payment) -> Result<(), StepError> {
    if payment.tries > AUTHORISE_TRIES_MAX {
        // Whether money is held is unknown: find out, and let it go.
        return set_state(context, payment, "voiding", Some("gateway_unreachable")).await;
    }
    set_state(context, payment, "authorising", None).await?;
    let wish = Wish {
        amount_minor: payment.amount_minor,
        currency: payment.currency.clone(),
        card_token: payment.card_token.clone(),
        reference: payment.id,
    };
    match context.gateway.authorise(&wish).await {
        Ok(held) if held.state == AuthorisationState::Declined => {
            declined(context, payment, held.reason.as_deref().unwrap_or("declined")).await
        }
        Ok(held) => authorised(context, payment, &held).await,
        Err(GatewayError::Permanent(why)) => declined(context, payment, &why).await,
        Err(error) => Err(error.into()),
    }
}

/// Money is held: ask the line to convert the reservation. Only its answer leads on.
async fn authorised(context: &Context, payment: &Payment, held: &Authorisation) -> Result<(), StepError> {
    let mut transaction = context.pool.begin().await?;
    let moved = sqlx::query!(
        "UPDATE payments SET state = 'confirming', gateway_ref = $2, tries = 0,
                             next_try_at = now() + make_interval(secs => $3), updated_at = now()
         WHERE id = $1 AND state = 'authorising'",
        payment.id,
        held.id,
        CONFIRM_AGAIN_S
    )
    .execute(&mut *transaction)
    .await?;
    if moved.rows_affected() == 1 {
        outbox::put_command(&mut transaction, EventId(payment.event_id), &confirm(payment)).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// The gateway said no. With the last try, the reservation goes back.
async fn declined(context: &Context, payment: &Payment, why: &str) -> Result<(), StepError> {
    let mut transaction = context.pool.begin().await?;
    let moved = sqlx::query!(
        "UPDATE payments SET state = 'declined', failure = $2, updated_at = now() WHERE id = $1 AND state = 'authorising'",
        payment.id,
        why
    )
    .execute(&mut *transaction)
    .await?;
    if moved.rows_affected() == 0 {
        return Ok(());
    }
    let tries_left = sqlx::query_scalar!(
        r#"SELECT GREATEST(0, e.payment_tries - (SELECT count(*) FROM payments p
             WHERE p.reservation_id = $2 AND p.state = 'declined'))::int AS "left!"
           FROM sale_events e WHERE e.id = $1"#,
        payment.event_id,
        payment.reservation_id
    )
    .fetch_one(&mut *transaction)
    .await?;
    let tries_left = u32::try_from(tries_left).unwrap_or(0);
    if tries_left == 0 {
        let command = Command::Cancel { attempt: AttemptId(payment.reservation_id), cause: CancelCause::PaymentFailed };
        outbox::put_command(&mut transaction, EventId(payment.event_id), &command).await?;
    }
    outbox::put_news(&mut transaction, &news(payment, OrderChange::Declined { tries_left })).await?;
    transaction.commit().await?;
    meters::PAYMENT_ENDS.one("declined");
    Ok(())
}

/// The line has not answered yet: it may be long, or paused, or the message was lost. Asking again is
/// harmless. The pause between gets longer, for a paused sale may be so for hours.
async fn confirm_again(context: &Context, payment: &Payment) -> Result<(), StepError> {
    let mut transaction = context.pool.begin().await?;
    let pause_s = CONFIRM_AGAIN_S * f64::from(payment.tries.clamp(1, 12));
    let moved = sqlx::query!(
        "UPDATE payments SET next_try_at = now() + make_interval(secs => $2) WHERE id = $1 AND state = 'confirming'",
        payment.id,
        pause_s
    )
    .execute(&mut *transaction)
    .await?;
    if moved.rows_affected() == 1 {
        outbox::put_command(&mut transaction, EventId(payment.event_id), &confirm(payment)).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// The reservation is converted, on the record: take the money.
async fn capture(context: &Context, payment: &Payment) -> Result<(), StepError> {
    let Some(held) = &payment.gateway_ref else {
        return capture_failed(context, payment, "nothing was authorised").await;
    };
    match context.gateway.capture(held).await {
        Ok(taken) if taken.state == AuthorisationState::Captured => captured(context, payment).await,
        Ok(other) => capture_failed(context, payment, &format!("authorisation is {:?}", other.state)).await,
        Err(GatewayError::Permanent(why)) => capture_failed(context, payment, &why).await,
        Err(error) => Err(error.into()),
    }
}

async fn captured(context: &Context, payment: &Payment) -> Result<(), StepError> {
    let mut transaction = context.pool.begin().await?;
    let moved = sqlx::query!(
        "UPDATE payments SET state = 'captured', updated_at = now() WHERE id = $1 AND state = 'capturing'",
        payment.id
    )
    .execute(&mut *transaction)
    .await?;
    if moved.rows_affected() == 0 {
        return Ok(());
    }
    let order_number = sqlx::query_scalar!(
        "INSERT INTO orders (id, number, event_id, reservation_id, shopper_id, sku, quantity, total_minor, currency,
                             state, payment_id, paid_at)
         SELECT $2, 'FL-' || nextval('order_numbers'), r.event_id, r.id, r.shopper_id, i.sku, r.quantity,
                $3, $4, 'paid', $5, now()
         FROM reservations r JOIN sale_items i ON i.event_id = r.event_id AND i.item_no = r.item_no
         WHERE r.id = $1
         ON CONFLICT (reservation_id)
           DO UPDATE SET state = 'paid', payment_id = EXCLUDED.payment_id, paid_at = now(), updated_at = now()
         RETURNING number",
        payment.reservation_id,
        Uuid::now_v7(),
        payment.amount_minor,
        payment.currency,
        payment.id
    )
    .fetch_one(&mut *transaction)
    .await?;
    let paid = OrderChange::Paid { order_number, total_minor: payment.amount_minor };
    let (attempt, id) = (AttemptId(payment.reservation_id), PaymentId(payment.id));
    let settle = Command::Captured { attempt, payment: id };
    outbox::put_command(&mut transaction, EventId(payment.event_id), &settle).await?;
    outbox::put_news(&mut transaction, &news(payment, paid)).await?;
    transaction.commit().await?;
    meters::PAYMENT_ENDS.one("captured");
    Ok(())
}

/// Converted, but the money cannot be taken: undo the sale, so that somebody else can have the units.
async fn capture_failed(context: &Context, payment: &Payment, why: &str) -> Result<(), StepError> {
    tracing::error!(payment = %payment.id, why, "capture failed for good");
    let mut transaction = context.pool.begin().await?;
    let moved = sqlx::query!(
        "UPDATE payments SET state = 'capture_failed', failure = $2, updated_at = now()
         WHERE id = $1 AND state = 'capturing'",
        payment.id,
        why
    )
    .execute(&mut *transaction)
    .await?;
    if moved.rows_affected() == 1 {
        sqlx::query!(
            "UPDATE orders SET state = 'failed', updated_at = now() WHERE reservation_id = $1 AND state = 'pending'",
            payment.reservation_id
        )
        .execute(&mut *transaction)
        .await?;
        let cause = CancelCause::CaptureFailed(PaymentId(payment.id));
        let command = Command::Cancel { attempt: AttemptId(payment.reservation_id), cause };
        outbox::put_command(&mut transaction, EventId(payment.event_id), &command).await?;
        outbox::put_news(&mut transaction, &news(payment, OrderChange::Voided)).await?;
    }
    transaction.commit().await?;
    meters::PAYMENT_ENDS.add("capture_failed", moved.rows_affected());
    // Should this fail, reconciliation finds the money still held, and lets it go.
    if let Some(held) = &payment.gateway_ref {
        context.gateway.void(held).await?;
    }
    Ok(())
}

/// The reservation was gone: let the money go.
async fn void(context: &Context, payment: &Payment) -> Result<(), StepError> {
    let held = match &payment.gateway_ref {
        Some(held) => Some(held.clone()),
        None => {
            let all = context.gateway.list().await?;
            all.into_iter().find(|held| held.reference == payment.id).map(|held| held.id)
        }
    };
    if let Some(held) = held {
        match context.gateway.void(&held).await {
            // Nothing is held (it was declined, say): that is what was asked for.
            Ok(_) | Err(GatewayError::Permanent(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let mut transaction = context.pool.begin().await?;
    let moved = sqlx::query!(
        "UPDATE payments SET state = 'voided', updated_at = now() WHERE id = $1 AND state = 'voiding'",
        payment.id
    )
    .execute(&mut *transaction)
    .await?;
    if moved.rows_affected() == 1 {
        outbox::put_news(&mut transaction, &news(payment, OrderChange::Voided)).await?;
    }
    transaction.commit().await?;
    meters::PAYMENT_ENDS.add("voided", moved.rows_affected());
    Ok(())
}

async fn set_state(context: &Context, payment: &Payment, state: &str, failure: Option<&str>) -> Result<(), StepError> {
    sqlx::query!(
        "UPDATE payments SET state = $2, failure = COALESCE($3, failure), updated_at = now()
         WHERE id = $1 AND state IN ('requested', 'authorising', 'authorised')",
        payment.id,
        state,
        failure
    )
    .execute(&context.pool)
    .await?;
    Ok(())
}

async fn try_later(context: &Context, payment: &Payment) -> sqlx::Result<()> {
    let doublings = u32::try_from(payment.tries.clamp(1, 10)).unwrap_or(1) - 1;
    let pause = Duration::from_millis((RETRY_FIRST_MS << doublings).min(RETRY_LONGEST_MS));
    let jittered = pause.mul_f64(rand::random_range(0.5..1.5));
    sqlx::query!(
        "UPDATE payments SET next_try_at = now() + make_interval(secs => $2) WHERE id = $1",
        payment.id,
        jittered.as_secs_f64()
    )
    .execute(&context.pool)
    .await?;
    Ok(())
}

fn confirm(payment: &Payment) -> Command {
    Command::Confirm { attempt: AttemptId(payment.reservation_id), payment: PaymentId(payment.id) }
}

fn news(payment: &Payment, what: OrderChange) -> OrderNews {
    OrderNews {
        event: EventId(payment.event_id),
        shopper: ShopperId(payment.shopper_id),
        attempt: AttemptId(payment.reservation_id),
        payment: PaymentId(payment.id),
        what,
    }
}
