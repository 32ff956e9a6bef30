//! The steps of a payment, written with everything that follows from them. A step is only written while the payment is
//! in a state that leads there; whoever comes too late changes nothing, and is told so by `false`.

use std::time::Duration;

use sale::command::{CancelCause, Command};
use sale::ids::PaymentId;
use sale::payment::{Failure, PaymentState, tries_left};
use sale::report::OrderChange;
use sale::words::Word;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{Payment, call};
use crate::{notices, orders, outbox};

/// What a gateway holds, as it says.
#[derive(Clone, Copy, Debug)]
pub struct HeldMoney<'a> {
    /// The gateway's id of it.
    pub gateway_ref: &'a str,
    /// The payment that the gateway says it is for: not always the one that was asked about.
    pub reference: Uuid,
}

/// The gateway is about to be asked to hold the money.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn begin(pool: &PgPool, payment: PaymentId) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE payments SET state = $2, updated_at = now() WHERE id = $1 AND state = ANY($3)",
        payment.0,
        PaymentState::Authorising.word(),
        PaymentState::words_before(PaymentState::Authorising) as _
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Money is held, or none is needed: the line is asked to convert the reservation, and again after a while. `held` is
/// the gateway's id of what it holds.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn confirm(
    pool: &PgPool,
    payment: &Payment,
    held: Option<&str>,
    again_after: Duration,
) -> sqlx::Result<bool> {
    let mut transaction = pool.begin().await?;
    let moved = sqlx::query!(
        "UPDATE payments SET state = $2, gateway_ref = $3, card_token = '', tries = 0,
                             next_try_at = now() + make_interval(secs => $4), updated_at = now()
         WHERE id = $1 AND state = ANY($5)",
        payment.id.0,
        PaymentState::Confirming.word(),
        held,
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
        "UPDATE payments SET state = $2, failure = $3, card_token = '', updated_at = now()
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

/// The money was taken: the order is paid, the line is told that the sale is final, shopper and shop
/// have the news.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn captured(pool: &PgPool, payment: &Payment) -> sqlx::Result<bool> {
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
    let settle = Command::Captured { attempt: payment.attempt, payment: payment.id };
    outbox::put_command(&mut transaction, payment.event, &settle).await?;
    outbox::put_news(&mut transaction, &payment.news(paid)).await?;
    notices::order_paid(&mut transaction, payment.attempt, payment.id).await?;
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

/// Ends a payment before anything was confirmed. What the gateway holds for it is let go; unless it is known to be
/// another payment's, which is why the reference is looked for among the others.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn give_up(pool: &PgPool, payment: PaymentId, why: Failure, held: Option<HeldMoney<'_>>) -> sqlx::Result<()> {
    // Of a payment that is being confirmed the line decides, so not from there.
    let before_confirming = PaymentState::words_of(PaymentState::may_be_declined);
    sqlx::query!(
        "UPDATE payments p SET state = $2, failure = $3, card_token = '', tries = 0, next_try_at = now(),
                gateway_ref = CASE WHEN EXISTS (SELECT 1 FROM payments o WHERE o.id <> p.id
                                                AND (o.gateway_ref = $4 OR o.id = $5))
                              THEN p.gateway_ref ELSE coalesce($4, p.gateway_ref) END,
                updated_at = now()
         WHERE id = $1 AND state = ANY($6)",
        payment.0,
        PaymentState::Voiding.word(),
        why.word(),
        held.map(|held| held.gateway_ref),
        held.map(|held| held.reference),
        before_confirming as _
    )
    .execute(pool)
    .await?;
    Ok(())
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
