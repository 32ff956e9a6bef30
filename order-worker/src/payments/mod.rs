//! Payments: each a durable row that moves one step at a time. A step is written before the gateway is
//! called, and every call carries a key that makes repeating it harmless: a process may die anywhere.
//!
//! ```text
//! requested ─▶ authorising ─────────────────▶ confirming ─▶ capturing ─▶ captured
//!                  ├▶ pending ⇄ action needed ─▶ │  │             └──────▶ capture_failed (the units go back)
//!                  └──────┴▶ declined               └▶ voiding ─▶ voided  (the reservation was gone)
//! ```
//! Before `confirming` a payment also goes to `voiding`, when the gateway does not answer, or did something else than
//! it was asked; and when the reservation ends while the bank is asked. With nothing to pay it takes the same steps
//! without a gateway. From `confirming` only the ledger leads on, once the dispenser's decision is recorded.
//! ([`sale::payment`] has the states and what may follow.)

pub(crate) mod access;
pub(crate) mod asked;
mod authorise;
mod capture;
mod counted;
mod error;
pub mod gateway;
pub mod gateways;
mod let_go;
pub mod sandbox;
mod steps;
pub mod stripe;
mod void;

use std::time::Duration;

use record::PgPool;
use record::payments::{Calls, claim_due};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::Context;

/// Payments worked on at once.
const AT_ONCE: usize = 64;
/// How often to look without being called.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Longer than any step takes: nobody else picks a payment up that long.
const LEASE: Duration = Duration::from_secs(20);

/// Moves payments on until told to stop; then lets the steps in hand end.
pub(crate) async fn run(context: Context, shutdown: CancellationToken) -> anyhow::Result<()> {
    let mut calls = None;
    let mut under_way = JoinSet::new();
    while !shutdown.is_cancelled() {
        // One slow gateway call must not hold the others up: each place is filled as it falls free.
        while under_way.try_join_next().is_some() {}
        if under_way.len() == AT_ONCE {
            under_way.join_next().await;
        }
        match claim_due(&context.pool, LEASE, AT_ONCE - under_way.len()).await {
            Ok(payments) if payments.is_empty() => wait(&context.pool, &mut calls, &shutdown).await,
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

/// Until somebody calls because there is work, or it is time to look again.
async fn wait(pool: &PgPool, calls: &mut Option<Calls>, shutdown: &CancellationToken) {
    if calls.is_none() {
        // Without calls, looking from time to time finds the work too.
        *calls = Calls::listen(pool).await.inspect_err(|error| tracing::debug!(%error, "payments: not listening")).ok();
    }
    let called = async {
        match calls {
            Some(calls) => calls.next().await,
            None => std::future::pending().await,
        }
    };
    let still_listening = tokio::select! {
        called = called => called.inspect_err(|error| tracing::debug!(%error, "payments: no longer listening")).is_ok(),
        () = tokio::time::sleep(LOOK_EVERY) => true,
        () = shutdown.cancelled() => true,
    };
    if !still_listening {
        *calls = None;
    }
}
