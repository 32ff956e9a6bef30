//! The steps of a payment.

use std::time::Duration;

use sale::command::{CancelCause, Command};
use sale::ids::{AttemptId, EventId, PaymentId, ShopperId};
use sale::report::{OrderChange, OrderNews};
use uuid::Uuid;

use super::Payment;
use super::asked::Asked;
use super::gateway::{Authorisation, AuthorisationState, GatewayError, RefundState, Wish};
use super::let_go::let_go;
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
pub(super) enum StepError {
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("money was taken, and its way back is {0:?}")]
    StillTaken(RefundState),
}

async fn authorise(context: &Context, payment: &Payment) -> Result<(), StepError> {
    if payment.tries > AUTHORISE_TRIES_MAX {
        // Whether money is held is unknown: find out, and let it go.
        return give_up(context, payment, "gateway_unreachable", None).await;
    }
    begin(context, payment).await?;
    if payment.amount_minor == 0 {
        return authorised(context, payment, None).await; // nothing to pay is nothing to ask a gateway
    }
    let Some(card_token) = payment.card_token.clone() else {
        return declined(context, payment, "no_card_token").await;
    };
    let wish = Wish {
        amount_minor: payment.amount_minor,
        currency: payment.currency.clone(),
        card_token,
        reference: payment.id,
    };
    let held = match context.gateway.authorise(&wish).await {
        Ok(held) if held.state == AuthorisationState::Declined => {
            return declined(context, payment, held.reason.as_deref().unwrap_or("declined")).await;
        }
        Ok(held) => held,
        Err(GatewayError::Permanent(why)) => return declined(context, payment, &why).await,
        Err(error) => return Err(error.into()),
    };
    if let Some(mismatch) = asked(payment).mismatch_of_hold(&held) {
        return give_up(context, payment, mismatch, Some(&held)).await;
    }
    if held.state != AuthorisationState::Authorised {
        tracing::error!(payment = %payment.id, state = ?held.state, "what the gateway has is not held");
        return give_up(context, payment, "not_held", Some(&held)).await;
    }
    authorised(context, payment, Some(&held.id)).await
}

/// Money is held, or none is needed: ask the line to convert the reservation. Only its answer leads on.
async fn authorised(context: &Context, payment: &Payment, held: Option<&str>) -> Result<(), StepError> {
    let mut transaction = context.pool.begin().await?;
    let moved = sqlx::query!(
        "UPDATE payments SET state = 'confirming', gateway_ref = $2, card_token = '', tries = 0,
                             next_try_at = now() + make_interval(secs => $3), updated_at = now()
         WHERE id = $1 AND state = 'authorising'",
        payment.id,
        held,
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
        "UPDATE payments SET state = 'declined', failure = $2, card_token = '', updated_at = now()
         WHERE id = $1 AND state = 'authorising'",
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
        return match payment.amount_minor {
            0 => captured(context, payment).await,
            _ => capture_failed(context, payment, "nothing was authorised").await,
        };
    };
    let taken = match context.gateway.capture(held).await {
        // Refused perhaps because it is taken already.
        Err(GatewayError::Permanent(why)) => match context.gateway.look(held).await {
            Ok(stands) if stands.state == AuthorisationState::Captured => stands,
            Ok(_) | Err(GatewayError::Permanent(_)) => return capture_failed(context, payment, &why).await,
            Err(error) => return Err(error.into()),
        },
        answer => answer?,
    };
    if taken.state != AuthorisationState::Captured {
        return capture_failed(context, payment, &format!("authorisation is {:?}", taken.state)).await;
    }
    match asked(payment).mismatch_of_capture(&taken) {
        None => captured(context, payment).await,
        Some(mismatch) => capture_failed(context, payment, mismatch).await,
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
    // First the money: once the payment has ended, nobody comes back for it.
    if let Some(held) = &payment.gateway_ref {
        let_go(context, payment, held).await?;
    }
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
    Ok(())
}

/// The reservation was gone: let the money go.
async fn void(context: &Context, payment: &Payment) -> Result<(), StepError> {
    let held = match &payment.gateway_ref {
        Some(held) => Some(held.clone()),
        None if payment.amount_minor == 0 => None,
        None => {
            let all = context.gateway.list().await?;
            all.into_iter().find(|held| held.reference == payment.id).map(|held| held.id)
        }
    };
    if let Some(held) = held {
        let_go(context, payment, &held).await?;
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

async fn begin(context: &Context, payment: &Payment) -> Result<(), StepError> {
    sqlx::query!(
        "UPDATE payments SET state = 'authorising', updated_at = now()
         WHERE id = $1 AND state IN ('requested', 'authorising', 'authorised')",
        payment.id
    )
    .execute(&context.pool)
    .await?;
    Ok(())
}

/// Ends a payment before anything was confirmed. What the gateway holds for it is let go; unless it is known
/// to be another payment's.
async fn give_up(
    context: &Context,
    payment: &Payment,
    why: &str,
    held: Option<&Authorisation>,
) -> Result<(), StepError> {
    sqlx::query!(
        "UPDATE payments p SET state = 'voiding', failure = $2, card_token = '', tries = 0, next_try_at = now(),
                gateway_ref = CASE WHEN EXISTS (SELECT 1 FROM payments o WHERE o.id <> p.id
                                                AND (o.gateway_ref = $3 OR o.id = $4))
                              THEN p.gateway_ref ELSE coalesce($3, p.gateway_ref) END,
                updated_at = now()
         WHERE id = $1 AND state IN ('requested', 'authorising', 'authorised')",
        payment.id,
        why,
        held.map(|held| &held.id),
        held.map(|held| held.reference)
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

fn asked(payment: &Payment) -> Asked<'_> {
    Asked { amount_minor: payment.amount_minor, currency: &payment.currency, reference: payment.id }
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
