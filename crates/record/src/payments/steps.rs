//! The steps of a payment, written with everything that follows from them. A step is only written while the payment is
//! in a state that leads there; whoever comes too late changes nothing, and is told so by `false`.

use std::time::Duration;

use sale::command::{CancelCause, Command};
use sale::gateway::Action;
use sale::ids::{AttemptId, PaymentId};
use sale::payment::{Failure, PaymentState, tries_left};
use sale::report::OrderChange;
use sale::words::Word;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{Payment, call};
use crate::reservations::ReservationState;
use crate::word_column::Column;
use crate::{notices, notifications, orders, outbox};

/// The gateway is about to be asked to hold the money. `false` when the payment is past that.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn begin(pool: &PgPool, payment: PaymentId) -> sqlx::Result<bool> {
    let moved = sqlx::query!(
        "UPDATE payments SET state = $2, updated_at = now() WHERE id = $1 AND state = ANY($3)",
        payment.0,
        PaymentState::Authorising.word(),
        PaymentState::words_before(PaymentState::Authorising) as _
    )
    .execute(pool)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// The gateway has a place where it is going to hold the money. `false` when that is another payment's already, or this one
/// is past that.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn opened(pool: &PgPool, payment: &Payment, gateway_ref: &str) -> sqlx::Result<bool> {
    let written = sqlx::query!(
        "UPDATE payments SET gateway_ref = $2, updated_at = now()
         WHERE id = $1 AND state = $4 AND NOT EXISTS (
           SELECT FROM payments o WHERE o.gateway = $3 AND o.gateway_ref = $2 AND o.id <> $1)",
        payment.id.0,
        gateway_ref,
        payment.gateway.word(),
        PaymentState::Authorising.word()
    )
    .execute(pool)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// The bank has yet to answer; or asks the shopper first: `action` is what the page needs for that. The units are held on
/// meanwhile, and the gateway is looked at again after a while.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn with_bank(
    pool: &PgPool,
    payment: &Payment,
    action: Option<&Action>,
    again_after: Duration,
) -> sqlx::Result<bool> {
    let state = if action.is_some() { PaymentState::ActionNeeded } else { PaymentState::Pending };
    let mut transaction = pool.begin().await?;
    let moved = sqlx::query!(
        "UPDATE payments SET state = $2, action = $3, card_token = '', held_on = true,
                             tries = CASE WHEN state = $2 THEN tries ELSE 0 END,
                             next_try_at = now() + make_interval(secs => $4), updated_at = now()
         WHERE id = $1 AND state = ANY($5)",
        payment.id.0,
        state.word(),
        action.map(Json) as _,
        again_after.as_secs_f64(),
        PaymentState::words_before(state) as _
    )
    .execute(&mut *transaction)
    .await?;
    let moved = moved.rows_affected() == 1;
    if moved && !payment.held_on {
        outbox::put_command(&mut transaction, payment.event, &payment.hold_on()).await?;
    }
    if moved && state == PaymentState::ActionNeeded && payment.state != state {
        outbox::put_news(&mut transaction, &payment.news(OrderChange::ActionNeeded)).await?;
    }
    transaction.commit().await?;
    Ok(moved)
}

/// Money is held, or none is needed: the line is asked to convert the reservation, and again after a while.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn confirm(pool: &PgPool, payment: &Payment, again_after: Duration) -> sqlx::Result<bool> {
    let mut transaction = pool.begin().await?;
    let moved = sqlx::query!(
        "UPDATE payments SET state = $2, card_token = '', action = NULL, tries = 0,
                             next_try_at = now() + make_interval(secs => $3), updated_at = now()
         WHERE id = $1 AND state = ANY($4)",
        payment.id.0,
        PaymentState::Confirming.word(),
        again_after.as_secs_f64(),
        PaymentState::words_before(PaymentState::Confirming) as _
    )
    .execute(&mut *transaction)
    .await?;
    let moved = moved.rows_affected() == 1;
    if moved {
        outbox::put_command(&mut transaction, payment.event, &payment.confirmation()).await?;
    }
    transaction.commit().await?;
    Ok(moved)
}

/// The line has not answered: it is asked again, now and after another while. That is harmless.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn confirm_again(pool: &PgPool, payment: &Payment, again_after: Duration) -> sqlx::Result<bool> {
    let mut transaction = pool.begin().await?;
    let waits = sqlx::query!(
        "UPDATE payments SET next_try_at = now() + make_interval(secs => $2) WHERE id = $1 AND state = $3",
        payment.id.0,
        again_after.as_secs_f64(),
        PaymentState::Confirming.word()
    )
    .execute(&mut *transaction)
    .await?;
    let waits = waits.rows_affected() == 1;
    if waits {
        outbox::put_command(&mut transaction, payment.event, &payment.confirmation()).await?;
    }
    transaction.commit().await?;
    Ok(waits)
}

/// The gateway said no. With the last permitted try, the reservation goes back. `why` is one of the words of
/// [`Failure`], or the gateway's own text.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn declined(pool: &PgPool, payment: &Payment, why: &str) -> sqlx::Result<bool> {
    let mut transaction = pool.begin().await?;
    let moved = sqlx::query!(
        "UPDATE payments SET state = $2, failure = $3, card_token = '', action = NULL, updated_at = now()
         WHERE id = $1 AND state = ANY($4)",
        payment.id.0,
        PaymentState::Declined.word(),
        why,
        PaymentState::words_before(PaymentState::Declined) as _
    )
    .execute(&mut *transaction)
    .await?;
    if moved.rows_affected() == 0 {
        return Ok(false);
    }
    let tries = sqlx::query!(
        r#"SELECT e.payment_tries AS permitted, (SELECT count(*) FROM payments p
             WHERE p.reservation_id = $2 AND p.state = $3) AS "declined!"
           FROM sale_events e WHERE e.id = $1"#,
        payment.event.0,
        payment.attempt.0,
        PaymentState::Declined.word()
    )
    .fetch_one(&mut *transaction)
    .await?;
    let tries_left = tries_left(count(tries.permitted)?, count(tries.declined)?);
    let_go(&mut transaction, payment).await?;
    if tries_left == 0 {
        let command = Command::Cancel { attempt: payment.attempt, cause: CancelCause::PaymentFailed };
        outbox::put_command(&mut transaction, payment.event, &command).await?;
    }
    outbox::put_news(&mut transaction, &payment.news(OrderChange::Declined { tries_left })).await?;
    transaction.commit().await?;
    Ok(true)
}

/// A number of tries from its column: one below zero is not read as none.
pub(super) fn count(number: impl TryInto<u32, Error: Into<sqlx::error::BoxDynError>>) -> sqlx::Result<u32> {
    number.try_into().map_err(|error| sqlx::Error::Decode(error.into()))
}

/// The money was taken: the order is paid, shopper and shop have the news, and the line is told that the sale is final:
/// `final_after` a while, in which it may still come back to who waits for it.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn captured(pool: &PgPool, payment: &Payment, final_after: Duration) -> sqlx::Result<bool> {
    let mut transaction = pool.begin().await?;
    let moved = sqlx::query!(
        "UPDATE payments SET state = $2, updated_at = now() WHERE id = $1 AND state = ANY($3)",
        payment.id.0,
        PaymentState::Captured.word(),
        PaymentState::words_before(PaymentState::Captured) as _
    )
    .execute(&mut *transaction)
    .await?;
    if moved.rows_affected() == 0 {
        return Ok(false);
    }
    let order_number = orders::paid(&mut transaction, payment).await?;
    let paid = OrderChange::Paid { order_number, total_minor: payment.amount_minor };
    outbox::put_captured(&mut transaction, payment.event, payment.attempt, payment.id, final_after).await?;
    outbox::put_news(&mut transaction, &payment.news(paid)).await?;
    notices::order_paid(&mut transaction, payment.attempt, payment.id).await?;
    notifications::order_confirmed(&mut transaction, payment.attempt, payment.id).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Converted, but the money cannot be taken: the sale is undone, so that somebody else can have the units. `why` is
/// one of the words of [`Failure`], or a text.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn capture_failed(pool: &PgPool, payment: &Payment, why: &str) -> sqlx::Result<bool> {
    let mut transaction = pool.begin().await?;
    let moved = sqlx::query!(
        "UPDATE payments SET state = $2, failure = $3, updated_at = now() WHERE id = $1 AND state = ANY($4)",
        payment.id.0,
        PaymentState::CaptureFailed.word(),
        why,
        PaymentState::words_before(PaymentState::CaptureFailed) as _
    )
    .execute(&mut *transaction)
    .await?;
    let moved = moved.rows_affected() == 1;
    if moved {
        orders::failed(&mut transaction, payment.attempt).await?;
        let command = Command::Cancel { attempt: payment.attempt, cause: CancelCause::CaptureFailed(payment.id) };
        outbox::put_command(&mut transaction, payment.event, &command).await?;
        outbox::put_news(&mut transaction, &payment.news(OrderChange::Voided)).await?;
    }
    transaction.commit().await?;
    Ok(moved)
}

/// Nothing is held any more, and nothing was charged.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn voided(pool: &PgPool, payment: &Payment) -> sqlx::Result<bool> {
    let mut transaction = pool.begin().await?;
    let moved = sqlx::query!(
        "UPDATE payments SET state = $2, updated_at = now() WHERE id = $1 AND state = ANY($3)",
        payment.id.0,
        PaymentState::Voided.word(),
        PaymentState::words_before(PaymentState::Voided) as _
    )
    .execute(&mut *transaction)
    .await?;
    let moved = moved.rows_affected() == 1;
    if moved {
        outbox::put_news(&mut transaction, &payment.news(OrderChange::Voided)).await?;
    }
    transaction.commit().await?;
    Ok(moved)
}

/// Ends a payment before anything was confirmed. What the gateway holds for it is let go next.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn give_up(pool: &PgPool, payment: &Payment, why: Failure) -> sqlx::Result<()> {
    // Of a payment that is being confirmed the line decides, so not from there.
    let before_confirming = PaymentState::words_of(PaymentState::may_be_declined);
    let mut transaction = pool.begin().await?;
    let moved = sqlx::query!(
        "UPDATE payments SET state = $2, failure = $3, card_token = '', action = NULL, tries = 0, next_try_at = now(),
                             updated_at = now()
         WHERE id = $1 AND state = ANY($4)",
        payment.id.0,
        PaymentState::Voiding.word(),
        why.word(),
        before_confirming as _
    )
    .execute(&mut *transaction)
    .await?;
    if moved.rows_affected() == 1 {
        let_go(&mut transaction, payment).await?;
    }
    transaction.commit().await
}

/// Nothing comes of a payment: what the line held on for it is held no longer than its deadline.
async fn let_go(db: &mut PgConnection, payment: &Payment) -> sqlx::Result<()> {
    if payment.held_on {
        let command = Command::LetGo { attempt: payment.attempt, payment: payment.id };
        outbox::put_command(db, payment.event, &command).await?;
    }
    Ok(())
}

/// These reservations are gone, on the record: of their payments that the bank has yet to answer nothing can come. What is
/// held for them is let go next. (A payment that the gateway is just asked about learns it from the line, or by [`why_lost`].)
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn lost(db: &mut PgConnection, attempts: &[AttemptId]) -> sqlx::Result<()> {
    if attempts.is_empty() {
        return Ok(());
    }
    let attempts: Vec<Uuid> = attempts.iter().map(|attempt| attempt.0).collect();
    let given_up = sqlx::query!(
        "UPDATE payments p SET state = $2, failure = CASE WHEN r.state = 'expired' THEN $3 ELSE $4 END,
                               action = NULL, tries = 0, next_try_at = now(), updated_at = now()
         FROM reservations r WHERE r.id = p.reservation_id AND r.id = ANY($1) AND p.state = ANY($5)",
        &attempts,
        PaymentState::Voiding.word(),
        Failure::Expired.word(),
        Failure::Cancelled.word(),
        PaymentState::words_of(PaymentState::is_with_bank) as _
    )
    .execute(&mut *db)
    .await?;
    if given_up.rows_affected() > 0 { call(db).await } else { Ok(()) }
}

/// Why nothing can come of payments for a reservation: it is gone, on the record.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn why_lost(pool: &PgPool, attempt: AttemptId) -> sqlx::Result<Option<Failure>> {
    let state = sqlx::query_scalar!(
        r#"SELECT state AS "state: Column<ReservationState>" FROM reservations WHERE id = $1"#,
        attempt.0
    );
    Ok(state.fetch_optional(pool).await?.and_then(|Column(state)| match state {
        ReservationState::Expired => Some(Failure::Expired),
        ReservationState::Cancelled => Some(Failure::Cancelled),
        _ => None,
    }))
}

/// The line accepted these payments, on the record: their money is taken next.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn accepted(db: &mut PgConnection, payments: &[PaymentId]) -> sqlx::Result<()> {
    if payments.is_empty() {
        return Ok(());
    }
    let payments: Vec<Uuid> = payments.iter().map(|payment| payment.0).collect();
    sqlx::query!(
        "UPDATE payments SET state = $2, tries = 0, next_try_at = now(), updated_at = now()
         WHERE id = ANY($1) AND state = ANY($3)",
        &payments,
        PaymentState::Capturing.word(),
        PaymentState::words_before(PaymentState::Capturing) as _
    )
    .execute(&mut *db)
    .await?;
    call(db).await
}

/// The line refused these payments, on the record: what is held for them is let go next.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn refused(db: &mut PgConnection, payments: &[(PaymentId, Failure)]) -> sqlx::Result<()> {
    if payments.is_empty() {
        return Ok(());
    }
    for (payment, why) in payments {
        sqlx::query!(
            "UPDATE payments SET state = $2, failure = $3, tries = 0, next_try_at = now(), updated_at = now()
             WHERE id = $1 AND state = $4",
            payment.0,
            PaymentState::Voiding.word(),
            why.word(),
            PaymentState::Confirming.word()
        )
        .execute(&mut *db)
        .await?;
    }
    call(db).await
}
