//! Notices: telling the shop's endpoints what happened.
//!
//! ```text
//! waiting ─▶ accepted
//!    │ └──▶ waiting (tried again later; what follows about the same reservation or sale waits behind it)
//!    └────▶ given up, after a day of tries (it can be sent again)
//! ```
//! Deliveries are rows, leased by whoever tries them: an order-worker may die anywhere, and another sends the same notice
//! again under the same id. Each endpoint has places of its own, so that one that is slow holds up nobody else.

mod sign;
mod try_one;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use outbound::{Caller, Permitted};
use record::deliveries::{self, Patience};
use record::{PgPool, notices};
use tls::Trust;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::config::Webhooks;
use try_one::try_one;

/// Deliveries to one endpoint that are tried at once, by each order-worker.
const AT_ONCE: usize = 8;
/// How often to look what is due.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Longer than a try takes: nobody else tries a delivery that long.
const LEASE: Duration = Duration::from_secs(30);
/// Connections to PostgreSQL with which is noted how tries ended: rounds and payments have the others.
const NOTED_AT_ONCE: usize = 2;
/// At the end, how long tries that are under way may still take. What they leave is tried again once its lease is over.
const ENDS_WITHIN: Duration = Duration::from_secs(3);
/// How often to look which sales have opened or ended.
const MOMENTS_EVERY: Duration = Duration::from_secs(1);

/// What every try needs.
struct Teller {
    pool: PgPool,
    caller: Caller,
    patience: Patience,
    noting: Semaphore,
}

/// Tells endpoints what is due, until told to stop.
pub(crate) async fn run(
    pool: PgPool,
    settings: Webhooks,
    trust: Trust,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let caller = Caller::new(Permitted::new(&settings.outbound), &trust).context("webhooks")?;
    let patience = Patience { delivery: settings.delivery_seconds, endpoint: settings.endpoint_failing_seconds };
    let teller = Arc::new(Teller { pool, caller, patience, noting: Semaphore::new(NOTED_AT_ONCE) });
    let mut places: HashMap<Uuid, Arc<Semaphore>> = HashMap::new();
    let mut under_way = JoinSet::new();
    while !shutdown.is_cancelled() {
        while under_way.try_join_next().is_some() {}
        match start_due(&teller, &mut places, &mut under_way).await {
            Ok(0) => {}
            Ok(_) => continue,
            Err(error) => {
                retry::again("notices");
                tracing::warn!(%error, "notices: database away");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            // A place is free.
            Some(_) = under_way.join_next() => {}
            () = shutdown.cancelled() => {}
        }
    }
    let _ = tokio::time::timeout(ENDS_WITHIN, async { while under_way.join_next().await.is_some() {} }).await;
    Ok(())
}

/// Starts as many tries as there are places for. Returns how many.
async fn start_due(
    teller: &Arc<Teller>,
    places: &mut HashMap<Uuid, Arc<Semaphore>>,
    under_way: &mut JoinSet<()>,
) -> record::Result<usize> {
    places.retain(|_, places| places.available_permits() < AT_ONCE);
    let mut started = 0;
    for ready in deliveries::ready(&teller.pool).await? {
        let places = places.entry(ready.endpoint).or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE)));
        let free = match places.available_permits() {
            AT_ONCE if ready.is_probed => 1,
            _ if ready.is_probed => 0,
            free => free,
        };
        if free == 0 {
            continue;
        }
        let limit = i64::try_from(free).unwrap_or(1);
        for due in deliveries::claim(&teller.pool, ready.endpoint, LEASE, limit).await? {
            let (teller, place) = (Arc::clone(teller), Arc::clone(places).try_acquire_owned());
            started += 1;
            under_way.spawn(async move {
                try_one(&teller, due).await;
                drop(place);
            });
        }
    }
    Ok(started)
}

/// Writes notices of sales that opened or ended, until told to stop: no timer flips a sale, so somebody has to look.
pub(crate) async fn watch_sales(pool: PgPool, shutdown: CancellationToken) -> anyhow::Result<()> {
    while tokio::time::timeout(MOMENTS_EVERY, shutdown.cancelled()).await.is_err() {
        if let Err(error) = notices::opened_and_ended(&pool).await {
            retry::again("sale moments");
            tracing::warn!(%error, "could not look which sales have opened or ended, will try again");
        }
    }
    Ok(())
}
