//! Refunds: asked for by an admin, carried out here.
//!
//! ```text
//! requested ─▶ refunded ─▶ the units go back through the line, if that was asked for
//!     │  └───▶ pending ─▶ refunded or failed, as the gateway says later
//!     └─▶ failed (another may be asked for: a row, and a key at the gateway, of its own)
//! ```
//! Only the gateway's no is a failure. Where it gives no answer, nobody knows: the same call is made again.

use std::time::Duration;

use sale::command::{CancelCause, Command};
use sale::ids::{AttemptId, EventId, PaymentId, ShopperId};
use sale::report::{OrderChange, OrderNews};
use sqlx::PgConnection;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::payments::asked::Asked;
use crate::payments::gateway::{self, GatewayError, RefundState, RefundWish};
use crate::{Context, meters, outbox};

const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Longer than a call to the gateway takes; doubled with each try, to the longest.
const LEASE_S: f64 = 20.0;
/// Until the first look at a refund that is pending; doubled with each look, to the longest.
const FOLLOW_FIRST_S: f64 = 1.0;
/// The longest between two tries, or two looks.
const BETWEEN_LONGEST_S: f64 = 300.0;

struct Refund {
    id: Uuid,
    order_id: Uuid,
    payment_id: Uuid,
    amount_minor: i64,
    state: String,
    gateway_ref: Option<String>,
    tries: i32,
    // Of its payment:
    authorisation: Option<String>,
    currency: String,
    event_id: Uuid,
    shopper_id: Uuid,
    reservation_id: Uuid,
}

/// Carries refunds out until told to stop.
pub(crate) async fn run(context: Context, shutdown: CancellationToken) -> anyhow::Result<()> {
    while !shutdown.is_cancelled() {
        match due(&context).await {
            Ok(Some(refund)) => {
                if let Err(error) = step(&context, &refund).await {
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
        r#"UPDATE refunds r SET tries = r.tries + 1,
             next_try_at = now() + make_interval(secs => least($1::float8 * 2 ^ least(r.tries, 10), $2))
           FROM payments p
           WHERE p.id = r.payment_id AND r.id = (
             SELECT id FROM refunds
             WHERE (state IN ('requested', 'pending') OR (state = 'refunded' AND put_back AND put_back_at IS NULL))
               AND next_try_at <= now()
             ORDER BY next_try_at LIMIT 1 FOR UPDATE SKIP LOCKED)
           RETURNING r.id, r.order_id, r.payment_id, r.amount_minor, r.state, r.gateway_ref, r.tries,
                     p.gateway_ref AS authorisation, p.currency, p.event_id, p.shopper_id, p.reservation_id"#,
        LEASE_S,
        BETWEEN_LONGEST_S
    )
    .fetch_optional(&context.pool)
    .await
}

async fn step(context: &Context, refund: &Refund) -> anyhow::Result<()> {
    if refund.state == "refunded" {
        let mut transaction = context.pool.begin().await?;
        put_back(&mut transaction, refund).await?;
        return Ok(transaction.commit().await?);
    }
    match ask(context, refund).await {
        Ok(Standing::Pending(gateway_ref)) => follow(context, refund, &gateway_ref).await,
        Ok(Standing::Refunded) => refunded(context, refund).await,
        Ok(Standing::Failed(why)) => failed(context, refund, &why).await,
        Err(error) => {
            sqlx::query!(
                "UPDATE refunds SET failure = $2, updated_at = now() WHERE id = $1 AND state IN ('requested', 'pending')",
                refund.id,
                error.to_string()
            )
            .execute(&context.pool)
            .await?;
            Err(error.into())
        }
    }
}

/// Where a refund stands at the gateway.
enum Standing {
    Pending(String),
    Refunded,
    Failed(String),
}

/// Asks the gateway for the refund; or how it goes, once the gateway has taken it.
async fn ask(context: &Context, refund: &Refund) -> Result<Standing, GatewayError> {
    if refund.amount_minor == 0 {
        return Ok(Standing::Refunded); // nothing was paid: nothing is to go back
    }
    let Some(authorisation) = &refund.authorisation else {
        return Ok(Standing::Failed("the payment has no reference at the gateway".to_owned()));
    };
    let wish = RefundWish {
        authorisation: authorisation.clone(),
        amount_minor: refund.amount_minor,
        currency: refund.currency.clone(),
        reference: refund.id,
    };
    let answer = match &refund.gateway_ref {
        Some(taken) => context.gateway.look_at_refund(taken).await,
        None => context.gateway.refund(&wish).await,
    };
    match answer {
        Ok(back) => Ok(judge(refund, back)),
        Err(GatewayError::Permanent(why)) => went_back_otherwise(context, refund, authorisation, why).await,
        Err(error) => Err(error),
    }
}

fn judge(refund: &Refund, back: gateway::Refund) -> Standing {
    let asked = Asked { amount_minor: refund.amount_minor, currency: &refund.currency, reference: refund.id };
    match (back.state, asked.mismatch_of_refund(&back)) {
        (RefundState::Failed, _) => Standing::Failed(back.reason.unwrap_or_else(|| "the gateway says no".to_owned())),
        (_, Some(mismatch)) => Standing::Failed(mismatch.to_owned()),
        (RefundState::Pending, None) => Standing::Pending(back.id),
        (RefundState::Refunded, None) => Standing::Refunded,
    }
}

/// A refund is also refused when somebody has made it at the gateway by hand.
async fn went_back_otherwise(
    context: &Context,
    refund: &Refund,
    authorisation: &str,
    why: String,
) -> Result<Standing, GatewayError> {
    match context.gateway.look(authorisation).await {
        Ok(stands)
            if (stands.reference, stands.currency.as_str()) == (refund.payment_id, refund.currency.as_str())
                && stands.captured_minor == refund.amount_minor
                && stands.refunded_minor == refund.amount_minor =>
        {
            Ok(Standing::Refunded)
        }
        Ok(_) | Err(GatewayError::Permanent(_)) => Ok(Standing::Failed(why)),
        Err(error) => Err(error),
    }
}

/// The gateway has taken it: look again, until it says how it ended.
async fn follow(context: &Context, refund: &Refund, gateway_ref: &str) -> anyhow::Result<()> {
    let tries = if refund.state == "pending" { refund.tries } else { 0 };
    sqlx::query!(
        "UPDATE refunds SET state = 'pending', gateway_ref = $2, failure = NULL, tries = $3, updated_at = now(),
                next_try_at = now() + make_interval(secs => least($4::float8 * 2 ^ least($3, 10), $5))
         WHERE id = $1 AND state IN ('requested', 'pending')",
        refund.id,
        gateway_ref,
        tries,
        FOLLOW_FIRST_S,
        BETWEEN_LONGEST_S
    )
    .execute(&context.pool)
    .await?;
    Ok(())
}

async fn refunded(context: &Context, refund: &Refund) -> anyhow::Result<()> {
    let mut transaction = context.pool.begin().await?;
    let moved = sqlx::query_scalar!(
        "UPDATE refunds SET state = 'refunded', failure = NULL, updated_at = now()
         WHERE id = $1 AND state IN ('requested', 'pending') RETURNING put_back",
        refund.id
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let Some(goes_back) = moved else { return Ok(()) };
    sqlx::query!("UPDATE orders SET state = 'refunded', updated_at = now() WHERE id = $1", refund.order_id)
        .execute(&mut *transaction)
        .await?;
    let news = OrderNews {
        event: EventId(refund.event_id),
        shopper: ShopperId(refund.shopper_id),
        attempt: AttemptId(refund.reservation_id),
        payment: PaymentId(refund.payment_id),
        what: OrderChange::Refunded { amount_minor: refund.amount_minor },
    };
    outbox::put_news(&mut transaction, &news).await?;
    if goes_back {
        put_back(&mut transaction, refund).await?;
    }
    transaction.commit().await?;
    meters::REFUNDS.one("refunded");
    Ok(())
}

async fn failed(context: &Context, refund: &Refund, why: &str) -> anyhow::Result<()> {
    let moved = sqlx::query!(
        "UPDATE refunds SET state = 'failed', failure = $2, updated_at = now()
         WHERE id = $1 AND state IN ('requested', 'pending')",
        refund.id,
        why
    )
    .execute(&context.pool)
    .await?;
    tracing::error!(refund = %refund.id, why, "refund failed");
    meters::REFUNDS.add("failed", moved.rows_affected());
    Ok(())
}

/// Tells the line that the units are for sale again, once. Only the line knows who is next.
async fn put_back(db: &mut PgConnection, refund: &Refund) -> sqlx::Result<()> {
    let marked = sqlx::query!(
        "UPDATE refunds SET put_back_at = now(), updated_at = now()
         WHERE id = $1 AND state = 'refunded' AND put_back AND put_back_at IS NULL",
        refund.id
    )
    .execute(&mut *db)
    .await?;
    if marked.rows_affected() == 1 {
        let cause = CancelCause::Refunded(PaymentId(refund.payment_id));
        let command = Command::Cancel { attempt: AttemptId(refund.reservation_id), cause };
        outbox::put_command(db, EventId(refund.event_id), &command).await?;
    }
    Ok(())
}
