//! The rules of all sale events, kept current: read from PostgreSQL, again whenever somebody says that
//! they changed, and every second in case nobody could say it. While PostgreSQL is away, what was read
//! last stays.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use broker::{Broker, Listener, Topic};
use meter::{Gauge, Unit};
pub use record::catalogue::{Sale, SaleProduct};
use retry::{Backoff, RECONNECT};
use sale::ids::EventId;
use sqlx::PgPool;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

static SALES: Gauge = Gauge::new("flashline_process_sales", Unit::Count, "Sales in this process's catalogue");

/// How often to look without being told.
const LOOK_EVERY: Duration = Duration::from_secs(1);

type Sales = Arc<HashMap<EventId, Arc<Sale>>>;

/// All current sales. Cheap to clone and to read.
#[derive(Clone)]
pub struct Catalogue {
    sales: watch::Receiver<Sales>,
    loaded: Arc<AtomicBool>,
}

impl Catalogue {
    /// One sale.
    pub fn get(&self, event: EventId) -> Option<Arc<Sale>> {
        self.sales.borrow().get(&event).cloned()
    }

    /// All of them.
    pub fn all(&self) -> Sales {
        self.sales.borrow().clone()
    }

    /// Whether it has been read at least once. Before, an absent sale may only be unknown.
    pub fn is_loaded(&self) -> bool {
        self.loaded.load(Ordering::Relaxed)
    }

    /// Waits until any of them changed.
    pub async fn changed(&mut self) {
        if self.sales.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Starts a catalogue. It is empty until the returned task has run; spawn it.
pub fn follow(
    pool: PgPool,
    broker: Broker,
    shutdown: CancellationToken,
) -> (Catalogue, impl Future<Output = anyhow::Result<()>> + Send + 'static) {
    meter::register(&[&SALES]);
    let (tell, sales) = watch::channel(Sales::default());
    let loaded = Arc::new(AtomicBool::new(false));
    let catalogue = Catalogue { sales, loaded: Arc::clone(&loaded) };
    let keep = async move {
        let (nudge, nudged) = watch::channel(());
        tokio::select! {
            () = look_again(&pool, &tell, &loaded, nudged) => {}
            () = listen(&broker, &nudge) => {}
            () = shutdown.cancelled() => {}
        }
        Ok(())
    };
    (catalogue, keep)
}

async fn look_again(pool: &PgPool, tell: &watch::Sender<Sales>, loaded: &AtomicBool, mut nudged: watch::Receiver<()>) {
    loop {
        let known = tell.borrow().clone();
        match refresh(pool, &known).await {
            Ok(changed) => {
                if let Some(sales) = changed {
                    tell.send_replace(Arc::new(sales));
                }
                loaded.store(true, Ordering::Relaxed);
                SALES.set(tell.borrow().len() as f64);
            }
            Err(error) => {
                retry::again("catalogue");
                tracing::warn!(error = format!("{error:#}"), "catalogue: keeping what was read last");
            }
        }
        let _ = tokio::time::timeout(LOOK_EVERY, nudged.changed()).await;
    }
}

async fn listen(broker: &Broker, nudge: &watch::Sender<()>) {
    let mut backoff = Backoff::new("catalogue listener", RECONNECT);
    loop {
        if let Ok(mut listener) = Listener::open(broker, &[Topic::Rules.of_all_events()]).await {
            backoff.reset();
            while listener.next().await.is_ok() {
                nudge.send_replace(());
            }
        }
        backoff.wait().await;
    }
}

/// The whole catalogue anew, or nothing when nothing changed.
async fn refresh(
    pool: &PgPool,
    known: &HashMap<EventId, Arc<Sale>>,
) -> anyhow::Result<Option<HashMap<EventId, Arc<Sale>>>> {
    let versions = record::catalogue::versions(pool).await?;
    let mut changed = known.len() != versions.len();
    let mut sales = HashMap::with_capacity(versions.len());
    for (event, version) in versions {
        let current = known.get(&event).filter(|sale| sale.rules.version == version);
        let sale = match current {
            Some(sale) => Arc::clone(sale),
            None => {
                changed = true;
                match record::catalogue::load(pool, event).await {
                    Ok(Some(sale)) => Arc::new(sale),
                    Ok(None) => continue,
                    Err(error) => {
                        // One sale nobody can read must not hide the others.
                        tracing::error!(%event, error = format!("{error:#}"), "cannot read a sale");
                        continue;
                    }
                }
            }
        };
        sales.insert(event, sale);
    }
    Ok(changed.then_some(sales))
}
