//! Payments: each a durable row that moves one step at a time. A step is written before the gateway is
//! called, and every call carries a key that makes repeating it harmless: a process may die anywhere.
//!
//! ```text
//! requested ─▶ authorising ─▶ confirming ─▶ capturing ─▶ captured
//!                  │              │             └──────▶ capture_failed (the units go back)
//!                  └▶ declined    └▶ voiding ─▶ voided  (the reservation was gone)
//! ```
//! From `authorising` a payment also goes to `voiding`, when the gateway does not answer, or did something else than
//! it was asked. With nothing to pay it takes the same steps without a gateway. From `confirming` only the ledger
//! leads on, once the dispenser's decision is recorded.

pub(crate) mod asked;
pub mod gateway;
pub mod http_gateway;
mod let_go;
mod steps;

use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::Context;

/// Payments worked on at once.
const AT_ONCE: usize = 64;
/// How often to look without being woken.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Longer than any step takes: nobody else picks a payment up that long.
const LEASE_S: f64 = 20.0;

/// A payment whose next step is due. Without `Debug`: there is a card's token in it.
#[derive(Clone)]
pub(crate) struct Payment {
    pub(crate) id: Uuid,
    pub(crate) reservation_id: Uuid,
    pub(crate) event_id: Uuid,
    pub(crate) shopper_id: Uuid,
    /// Until the gateway has answered for it; never where there is nothing to pay.
    pub(crate) card_token: Option<String>,
    pub(crate) amount_minor: i64,
    pub(crate) currency: String,
    pub(crate) state: String,
    pub(crate) gateway_ref: Option<String>,
    pub(crate) tries: i32,
}

/// Moves payments on until told to stop; then lets the steps in hand end.
pub(crate) async fn run(context: Context, shutdown: CancellationToken) -> anyhow::Result<()> {
    let mut wake = None;
    let mut under_way = JoinSet::new();
    while !shutdown.is_cancelled() {
        // One slow gateway call must not hold the others up: each place is filled as it falls free.
        while under_way.try_join_next().is_some() {}
        if under_way.len() == AT_ONCE {
            under_way.join_next().await;
        }
        match due(&context.pool, AT_ONCE - under_way.len()).await {
            Ok(payments) if payments.is_empty() => wait(&context.pool, &mut wake, &shutdown).await,
            Ok(payments) => {
                for payment in payments {
                    let context = context.clone();
                    under_way.spawn(async move { steps::advance(&context, payment).await });
                }
            }
            Err(error) => {
                retry::again("payments");
                tracing::warn!(%error, "payments: database away");
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
    }
    while under_way.join_next().await.is_some() {}
    Ok(())
}

/// Leases the payments that are due.
async fn due(pool: &PgPool, places: usize) -> sqlx::Result<Vec<Payment>> {
    sqlx::query_as!(
        Payment,
        r#"UPDATE payments SET next_try_at = now() + make_interval(secs => $1), tries = tries + 1, updated_at = now()
         WHERE id IN (
           SELECT id FROM payments
           WHERE state IN ('requested', 'authorising', 'authorised', 'confirming', 'capturing', 'voiding')
             AND next_try_at <= now()
           ORDER BY next_try_at LIMIT $2 FOR UPDATE SKIP LOCKED)
         RETURNING id, reservation_id, event_id, shopper_id, nullif(card_token, '') AS card_token, amount_minor, currency,
                   state, gateway_ref, tries"#,
        LEASE_S,
        i64::try_from(places).unwrap_or(0)
    )
    .fetch_all(pool)
    .await
}

/// Until somebody says that there is work, or it is time to look again.
async fn wait(pool: &PgPool, wake: &mut Option<PgListener>, shutdown: &CancellationToken) {
    if wake.is_none() {
        *wake = listen(pool).await.ok();
    }
    let woken = async {
        match wake {
            Some(listener) => listener.recv().await.is_ok(),
            None => std::future::pending().await,
        }
    };
    let still_listening = tokio::select! {
        woken = woken => woken,
        () = tokio::time::sleep(LOOK_EVERY) => true,
        () = shutdown.cancelled() => true,
    };
    if !still_listening {
        *wake = None;
    }
}

async fn listen(pool: &PgPool) -> sqlx::Result<PgListener> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen("payments").await?;
    Ok(listener)
}
