//! The look in memory, kept current: read from PostgreSQL, and every second whether it is another. While PostgreSQL is away, what was
//! read last stays; one that cannot be read is not shown.

use std::sync::Arc;
use std::time::Duration;

use record::PgPool;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::Look;

/// How often it is looked whether it is another.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A look with its version.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Current {
    /// 0 as long as nobody has set any.
    pub version: i64,
    /// As it was set.
    pub look: Look,
}

/// How the shop looks at the moment. Cheap to clone and to read.
#[derive(Clone)]
pub struct Looks(watch::Receiver<Arc<Current>>);

impl Looks {
    /// How it looks now.
    pub fn now(&self) -> Arc<Current> {
        self.0.borrow().clone()
    }
}

/// One that stays as it is; another is told by what comes with it.
pub fn fixed(current: Current) -> (Looks, watch::Sender<Arc<Current>>) {
    let (tell, looks) = watch::channel(Arc::new(current));
    (Looks(looks), tell)
}

/// Starts to follow it. Nothing is known until the returned task has run; spawn it.
pub fn follow(
    pool: PgPool,
    shutdown: CancellationToken,
) -> (Looks, impl Future<Output = anyhow::Result<()>> + Send + 'static) {
    let (tell, looks) = watch::channel(Arc::<Current>::default());
    let keep = async move {
        loop {
            let known = tell.borrow().version;
            match record::looks::other_than(&pool, known).await {
                Ok(Some(row)) => match serde_json::from_value(row.look) {
                    Ok(look) => drop(tell.send_replace(Arc::new(Current { version: row.version, look }))),
                    Err(error) => {
                        // Of a newer door, perhaps: what is shown stays.
                        tracing::error!(%error, version = row.version, "the look of the shop cannot be read");
                        let look = tell.borrow().look.clone();
                        tell.send_replace(Arc::new(Current { version: row.version, look }));
                    }
                },
                Ok(None) => {}
                Err(error) => {
                    retry::again("look");
                    tracing::warn!(%error, "the look of the shop: keeping what was read last");
                }
            }
            if tokio::time::timeout(LOOK_EVERY, shutdown.cancelled()).await.is_ok() {
                return Ok(());
            }
        }
    };
    (Looks(looks), keep)
}
