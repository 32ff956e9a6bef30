//! Errands: work that waits as rows, each leased by whoever tries it. An order-worker may die anywhere: once its lease is over,
//! another tries the same again.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How often to look what is due.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// At the end, how long tries that are under way may still take. What they leave is tried again once its lease is over.
const ENDS_WITHIN: Duration = Duration::from_secs(3);

/// One kind of them.
pub(crate) trait Errands: Send {
    /// In logs and in the metric of what is tried again.
    const NAME: &'static str;

    /// Starts as many tries as there are places for, and says how many.
    fn start_due(&mut self, under_way: &mut JoinSet<()>) -> impl Future<Output = anyhow::Result<usize>> + Send;
}

/// Runs what is due, until told to stop.
pub(crate) async fn run<E: Errands>(mut errands: E, shutdown: CancellationToken) -> anyhow::Result<()> {
    let mut under_way = JoinSet::new();
    while !shutdown.is_cancelled() {
        while under_way.try_join_next().is_some() {}
        match errands.start_due(&mut under_way).await {
            Ok(0) => {}
            Ok(_) => continue,
            Err(error) => {
                retry::again(E::NAME);
                tracing::warn!(error = format!("{error:#}"), "{}: cannot be read", E::NAME);
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
