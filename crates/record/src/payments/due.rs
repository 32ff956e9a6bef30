//! Payments that are owed a step: who takes it, and when again.

use std::time::Duration;

use sale::command::{Command, HeldOnFor};
use sale::gateway::GatewayKind;
use sale::ids::{AttemptId, EventId, PaymentId, ShopperId};
use sale::payment::PaymentState;
use sale::report::{OrderChange, OrderNews};
use sqlx::postgres::PgListener;
use sqlx::{PgConnection, PgPool};

use crate::word_column::Column;

/// The channel on which a payment that is due now is announced.
const CHANNEL: &str = "payments";

/// A payment whose next step is due. Without `Debug`: there is a card's token in it.
#[derive(Clone)]
pub struct Payment {
    /// Which payment.
    pub id: PaymentId,
    /// For which reservation.
    pub attempt: AttemptId,
    /// Of which sale.
    pub event: EventId,
    /// Whose.
    pub shopper: ShopperId,
    /// What the gateway knows the card by, until it has answered for it; never where there is nothing to pay.
    pub card_token: Option<String>,
    /// In minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// Through which gateway.
    pub gateway: GatewayKind,
    /// Where it stands.
    pub state: PaymentState,
    /// The gateway's id of where it holds the money, once there is such a place; or the shop's own reference.
    pub gateway_ref: Option<String>,
    /// Whether the line was asked to hold the reservation on for it.
    pub held_on: bool,
    /// Tries of this step, this one included.
    pub tries: i32,
}

impl Payment {
    /// The gateway's id of where it holds the money. The shop's own checkout is no gateway: nothing is held for it.
    pub fn held(&self) -> Option<&str> {
        self.gateway_ref.as_deref().filter(|_| self.gateway != GatewayKind::Shop)
    }

    /// What the shop knows the order by, where its own checkout takes the money.
    pub(crate) fn reference(&self) -> Option<&str> {
        self.gateway_ref.as_deref().filter(|_| self.gateway == GatewayKind::Shop)
    }

    /// The command that asks the line to convert the reservation.
    pub(super) fn confirmation(&self) -> Command {
        Command::Confirm { attempt: self.attempt, payment: self.id }
    }

    /// The command that asks the line to hold the reservation on while the bank is asked.
    pub(super) fn hold_on(&self) -> Command {
        Command::HoldOn { attempt: self.attempt, what_for: HeldOnFor::Payment(self.id), until: None }
    }

    /// News of it, for its shopper.
    pub(super) fn news(&self, what: OrderChange) -> OrderNews {
        OrderNews { event: self.event, shopper: self.shopper, attempt: self.attempt, payment: self.id, what }
    }
}

/// Leases payments that are due, `places` at most: nobody else gets them before the lease has run out.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn claim_due(pool: &PgPool, lease: Duration, places: usize) -> sqlx::Result<Vec<Payment>> {
    let places = i64::try_from(places).map_err(|error| sqlx::Error::Encode(error.into()))?;
    // The states stand here as words, for the sake of the partial index: those that are owed a step.
    let rows = sqlx::query!(
        r#"UPDATE payments SET next_try_at = now() + make_interval(secs => $1), tries = tries + 1, updated_at = now()
         WHERE id IN (
           SELECT id FROM payments
           WHERE state IN ('requested', 'authorising', 'pending', 'action_needed', 'confirming', 'capturing', 'voiding')
             AND next_try_at <= now()
           ORDER BY next_try_at LIMIT $2 FOR UPDATE SKIP LOCKED)
         RETURNING id, reservation_id, event_id, shopper_id, nullif(card_token, '') AS card_token, amount_minor, currency,
                   gateway AS "gateway: Column<GatewayKind>", state AS "state: Column<PaymentState>", gateway_ref, held_on,
                   tries"#,
        lease.as_secs_f64(),
        places
    )
    .fetch_all(pool)
    .await?;
    let payments = rows.into_iter().map(|row| Payment {
        id: PaymentId(row.id),
        attempt: AttemptId(row.reservation_id),
        event: EventId(row.event_id),
        shopper: ShopperId(row.shopper_id),
        card_token: row.card_token,
        amount_minor: row.amount_minor,
        currency: row.currency,
        gateway: row.gateway.0,
        state: row.state.0,
        gateway_ref: row.gateway_ref,
        held_on: row.held_on,
        tries: row.tries,
    });
    Ok(payments.collect())
}

/// Has the step of a payment tried again after a pause, instead of when its lease runs out.
///
/// # Errors
/// When PostgreSQL does not answer. Then the lease runs out.
pub async fn try_later(pool: &PgPool, payment: PaymentId, pause: Duration) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE payments SET next_try_at = now() + make_interval(secs => $2) WHERE id = $1",
        payment.0,
        pause.as_secs_f64()
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Calls whoever waits for [`Calls`], once the transaction is committed: a payment is due now.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn call(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("SELECT pg_notify('payments', '')").execute(db).await?;
    Ok(())
}

/// Hears when a payment is due now. Only a hint: a call may be missed, so whoever waits looks from time to time too.
#[derive(Debug)]
pub struct Calls(PgListener);

impl Calls {
    /// Begins to listen, on a connection of its own.
    ///
    /// # Errors
    /// When PostgreSQL does not answer.
    pub async fn listen(pool: &PgPool) -> sqlx::Result<Self> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        Ok(Self(listener))
    }

    /// Waits for the next call.
    ///
    /// # Errors
    /// When the connection is lost. Then listen anew.
    pub async fn next(&mut self) -> sqlx::Result<()> {
        self.0.recv().await.map(drop)
    }
}
