//! The steps of a refund. Whoever comes too late changes nothing, and is told so by `false`.

use std::time::Duration;

use sale::command::{CancelCause, Command};
use sale::gateway::GatewayKind;
use sale::ids::{AttemptId, EventId, OrderId, PaymentId, RefundId, ShopperId};
use sale::payment::RefundState;
use sale::report::{OrderChange, OrderNews};
use sale::words::Word;
use sqlx::{PgConnection, PgPool};

use crate::word_column::Column;
use crate::{notices, notifications, orders, outbox};

/// A refund whose next step is due.
#[derive(Clone, Debug)]
pub struct Refund {
    /// Which refund; the gateway knows it by this id.
    pub id: RefundId,
    /// Of which order.
    pub order: OrderId,
    /// Of which payment.
    pub payment: PaymentId,
    /// In minor units.
    pub amount_minor: i64,
    /// Where it stands.
    pub state: RefundState,
    /// The gateway's id of it, once it has taken it.
    pub gateway_ref: Option<String>,
    /// Tries of this step, this one included.
    pub tries: i32,
    /// Through which gateway it was paid.
    pub gateway: GatewayKind,
    /// The gateway's id of what was paid.
    pub authorisation: Option<String>,
    /// ISO 4217, of the payment.
    pub currency: String,
    /// Of which sale.
    pub event: EventId,
    /// Whose.
    pub shopper: ShopperId,
    /// Of which reservation.
    pub attempt: AttemptId,
}

/// Leases the refund that is due for longest. The lease is doubled with each try, up to the longest.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn claim_due(pool: &PgPool, lease: Duration, longest: Duration) -> sqlx::Result<Option<Refund>> {
    // The states stand here as words, for the sake of the partial index: those that are owed a step, and those that are
    // over while the line has yet to be told of the units.
    let row = sqlx::query!(
        r#"UPDATE refunds r SET tries = r.tries + 1,
             next_try_at = now() + make_interval(secs => least($1::float8 * 2 ^ least(r.tries, 10), $2))
           FROM payments p
           WHERE p.id = r.payment_id AND r.id = (
             SELECT id FROM refunds
             WHERE (state IN ('requested', 'pending') OR (state = 'refunded' AND put_back AND put_back_at IS NULL))
               AND next_try_at <= now()
             ORDER BY next_try_at LIMIT 1 FOR UPDATE SKIP LOCKED)
           RETURNING r.id, r.order_id, r.payment_id, r.amount_minor, r.state AS "state: Column<RefundState>",
                     r.gateway_ref, r.tries, p.gateway AS "gateway: Column<GatewayKind>",
                     p.gateway_ref AS authorisation, p.currency, p.event_id, p.shopper_id,
                     p.reservation_id"#,
        lease.as_secs_f64(),
        longest.as_secs_f64()
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| Refund {
        id: RefundId(row.id),
        order: OrderId(row.order_id),
        payment: PaymentId(row.payment_id),
        amount_minor: row.amount_minor,
        state: row.state.0,
        gateway_ref: row.gateway_ref,
        tries: row.tries,
        gateway: row.gateway.0,
        authorisation: row.authorisation,
        currency: row.currency,
        event: EventId(row.event_id),
        shopper: ShopperId(row.shopper_id),
        attempt: AttemptId(row.reservation_id),
    }))
}

/// Notes what holds a refund up.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn held_up(pool: &PgPool, refund: RefundId, why: &str) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE refunds SET failure = $2, updated_at = now() WHERE id = $1 AND state = ANY($3)",
        refund.0,
        why,
        RefundState::words_of(RefundState::is_owed_a_step) as _
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// The gateway has taken it: it is looked at again, first after `first`, then after twice as long each time, up to
/// `longest`.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn follow(
    pool: &PgPool,
    refund: &Refund,
    gateway_ref: &str,
    first: Duration,
    longest: Duration,
) -> sqlx::Result<()> {
    let looks = match refund.state {
        RefundState::Pending => refund.tries,
        RefundState::Requested | RefundState::Refunded | RefundState::Failed | RefundState::NeedsAttention => 0,
    };
    sqlx::query!(
        "UPDATE refunds SET state = $2, gateway_ref = $3, failure = NULL, tries = $4, updated_at = now(),
                next_try_at = now() + make_interval(secs => least($5::float8 * 2 ^ least($4, 10), $6))
         WHERE id = $1 AND state = ANY($7)",
        refund.id.0,
        RefundState::Pending.word(),
        gateway_ref,
        looks,
        first.as_secs_f64(),
        longest.as_secs_f64(),
        RefundState::words_before(RefundState::Pending) as _
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// The money has gone back: the order has so much less paid, shopper and shop have the news, and the line is told of the units, if they
/// return.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn refunded(pool: &PgPool, refund: &Refund, gateway_ref: Option<&str>) -> sqlx::Result<bool> {
    let mut transaction = pool.begin().await?;
    let moved = sqlx::query_scalar!(
        "UPDATE refunds SET state = $2, failure = NULL, gateway_ref = coalesce($4, gateway_ref), updated_at = now(),
                refunded_at = now()
         WHERE id = $1 AND state = ANY($3) RETURNING put_back",
        refund.id.0,
        RefundState::Refunded.word(),
        RefundState::words_before(RefundState::Refunded) as _,
        gateway_ref
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let Some(goes_back) = moved else { return Ok(false) };
    orders::refunded(&mut transaction, refund.order, refund.amount_minor).await?;
    let news = OrderNews {
        event: refund.event,
        shopper: refund.shopper,
        attempt: refund.attempt,
        payment: refund.payment,
        what: OrderChange::Refunded { amount_minor: refund.amount_minor },
    };
    outbox::put_news(&mut transaction, &news).await?;
    notices::order_refunded(&mut transaction, refund.attempt, refund.id, refund.amount_minor).await?;
    notifications::order_refunded(&mut transaction, refund.attempt, refund.id).await?;
    if goes_back {
        tell_line(&mut transaction, refund).await?;
    }
    transaction.commit().await?;
    Ok(true)
}

/// The gateway says no, for good. `why` is one of the words of [`sale::payment::Failure`], or the gateway's own text.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn failed(pool: &PgPool, refund: RefundId, why: &str) -> sqlx::Result<bool> {
    no_further(pool, refund, RefundState::Failed, why).await
}

/// The gateway gave no answer, try after try: somebody must find out what became of the money. `why` is what held the
/// refund up last.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn needs_attention(pool: &PgPool, refund: RefundId, why: &str) -> sqlx::Result<bool> {
    no_further(pool, refund, RefundState::NeedsAttention, why).await
}

async fn no_further(pool: &PgPool, refund: RefundId, state: RefundState, why: &str) -> sqlx::Result<bool> {
    let moved = sqlx::query!(
        "UPDATE refunds SET state = $2, failure = $3, updated_at = now() WHERE id = $1 AND state = ANY($4)",
        refund.0,
        state.word(),
        why,
        RefundState::words_of(|before| before.is_owed_a_step() && before.may_become(state)) as _
    )
    .execute(pool)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Refunds of a payment whose money has gone back as far as is known, with the gateway's id of each.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn gone_back(pool: &PgPool, payment: PaymentId) -> sqlx::Result<Vec<(RefundId, String)>> {
    let rows = sqlx::query!(
        r#"SELECT id, gateway_ref AS "gateway_ref!" FROM refunds
           WHERE payment_id = $1 AND state = $2 AND gateway_ref IS NOT NULL ORDER BY id"#,
        payment.0,
        RefundState::Refunded.word()
    );
    Ok(rows.fetch_all(pool).await?.into_iter().map(|row| (RefundId(row.id), row.gateway_ref)).collect())
}

/// The money had gone back, and was sent back in its turn: the order has it again, another refund may be asked for, and
/// shopper and shop have the news. Units that were put back stay where they are.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn came_back(pool: &PgPool, refund: RefundId, why: &str) -> sqlx::Result<bool> {
    let mut transaction = pool.begin().await?;
    let moved = sqlx::query!(
        "UPDATE refunds f SET state = $2, failure = $3, came_back_at = now(), updated_at = now() FROM payments p
         WHERE f.id = $1 AND f.state = $4 AND p.id = f.payment_id
         RETURNING f.order_id, f.amount_minor, f.payment_id, p.event_id, p.shopper_id, p.reservation_id",
        refund.0,
        RefundState::Failed.word(),
        why,
        RefundState::Refunded.word()
    );
    let Some(found) = moved.fetch_optional(&mut *transaction).await? else { return Ok(false) };
    let (attempt, amount_minor) = (AttemptId(found.reservation_id), found.amount_minor);
    orders::refund_came_back(&mut transaction, OrderId(found.order_id), amount_minor).await?;
    let news = OrderNews {
        event: EventId(found.event_id),
        shopper: ShopperId(found.shopper_id),
        attempt,
        payment: PaymentId(found.payment_id),
        what: OrderChange::RefundFailed { amount_minor },
    };
    outbox::put_news(&mut transaction, &news).await?;
    notices::order_refund_failed(&mut transaction, attempt, refund, amount_minor).await?;
    notifications::refund_came_back(&mut transaction, attempt, refund).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Tells the line that the units of a refund are for sale again, once.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn put_back(pool: &PgPool, refund: &Refund) -> sqlx::Result<()> {
    let mut transaction = pool.begin().await?;
    tell_line(&mut transaction, refund).await?;
    transaction.commit().await
}

/// Only the line knows who is next.
async fn tell_line(db: &mut PgConnection, refund: &Refund) -> sqlx::Result<()> {
    let marked = sqlx::query!(
        "UPDATE refunds SET put_back_at = now(), updated_at = now()
         WHERE id = $1 AND state = $2 AND put_back AND put_back_at IS NULL",
        refund.id.0,
        RefundState::Refunded.word()
    )
    .execute(&mut *db)
    .await?;
    if marked.rows_affected() == 1 {
        let command = Command::Cancel { attempt: refund.attempt, cause: CancelCause::Refunded(refund.payment) };
        outbox::put_command(db, refund.event, &command).await?;
    }
    Ok(())
}
