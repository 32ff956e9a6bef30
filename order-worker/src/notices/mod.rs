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
use outbound::Caller;
use record::deliveries::{self, Patience};
use record::{PgPool, notices};
use tls::Trust;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::config::Webhooks;
use crate::errands::Errands;
use try_one::try_one;

/// Deliveries to one endpoint that are tried at once, by each order-worker.
const AT_ONCE: usize = 8;
/// Longer than a try takes: nobody else tries a delivery that long.
const LEASE: Duration = Duration::from_secs(30);
/// Connections to PostgreSQL with which is noted how tries ended: rounds and payments have the others.
const NOTED_AT_ONCE: usize = 2;
/// How often to look which sales have opened or ended.
const MOMENTS_EVERY: Duration = Duration::from_secs(1);

/// What every try needs.
struct Teller {
    pool: PgPool,
    caller: Caller,
    patience: Patience,
    noting: Semaphore,
}

/// What is due to endpoints.
pub(crate) struct Notices {
    teller: Arc<Teller>,
    /// Of each endpoint with which something is under way.
    places: HashMap<Uuid, Arc<Semaphore>>,
}

impl Notices {
    /// With connections of their own.
    ///
    /// # Errors
    /// When the settings do not go together.
    pub(crate) fn open(pool: PgPool, settings: Webhooks, trust: &Trust) -> anyhow::Result<Self> {
        let caller = Caller::new(settings.outbound.permitted(), trust).context("webhooks")?;
        let patience = Patience { delivery: settings.delivery_seconds, endpoint: settings.endpoint_failing_seconds };
        let teller = Arc::new(Teller { pool, caller, patience, noting: Semaphore::new(NOTED_AT_ONCE) });
        Ok(Self { teller, places: HashMap::new() })
    }
}

impl Errands for Notices {
    const NAME: &'static str = "notices";

    async fn start_due(&mut self, under_way: &mut JoinSet<()>) -> anyhow::Result<usize> {
        self.places.retain(|_, places| places.available_permits() < AT_ONCE);
        let mut started = 0;
        for ready in deliveries::ready(&self.teller.pool).await? {
            let places = self.places.entry(ready.endpoint).or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE)));
            let free = match places.available_permits() {
                AT_ONCE if ready.is_probed => 1,
                _ if ready.is_probed => 0,
                free => free,
            };
            if free == 0 {
                continue;
            }
            for due in deliveries::claim(&self.teller.pool, ready.endpoint, LEASE, i64::try_from(free)?).await? {
                let (teller, place) = (Arc::clone(&self.teller), Arc::clone(places).try_acquire_owned());
                started += 1;
                under_way.spawn(async move {
                    try_one(&teller, due).await;
                    drop(place);
                });
            }
        }
        Ok(started)
    }
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
