//! Sealing lobbies: once one is closed and all of it is recorded, its entries are published, and the line may draw; or waits for
//! the beacon.

use std::time::Duration;

use record::{PgPool, draws};
use sale::draw::{Entries, EntryDigest, Seed};
use sale::ids::EventId;
use tokio_util::sync::CancellationToken;

use crate::meters;

/// A lobby may close five seconds before its sale opens.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Seals lobbies, until told to stop.
pub(crate) async fn run(pool: PgPool, shutdown: CancellationToken) -> anyhow::Result<()> {
    while tokio::time::timeout(LOOK_EVERY, shutdown.cancelled()).await.is_err() {
        let due = match draws::due(&pool).await {
            Ok(due) => due,
            Err(error) => {
                retry::again("draws");
                tracing::debug!(%error, "which lobbies are to be sealed cannot be read");
                continue;
            }
        };
        for event in due {
            if let Err(error) = seal(&pool, event).await {
                retry::again("draws");
                tracing::error!(%event, error = format!("{error:#}"), "a lobby is not sealed: its sale waits for that");
            }
        }
    }
    Ok(())
}

async fn seal(pool: &PgPool, event: EventId) -> anyhow::Result<()> {
    let Some(draw) = draws::find(pool, event).await? else { anyhow::bail!("it has no secret") };
    anyhow::ensure!(draw.secret.commitment() == draw.commitment, "its secret is not the one that was committed to");
    let ids = draws::entries(pool, event).await?;
    let close = move || {
        let entries = Entries::closed(ids.into_iter().map(|entry| EntryDigest::of(event, entry)));
        let seed = Seed::of(event, &draw.secret, entries.root(), entries.count(), None);
        // With a beacon the seed follows when its round is out.
        (entries, draw.beacon.is_none().then_some(seed))
    };
    // Up to seconds of work, for a million.
    let (entries, seed) = tokio::task::spawn_blocking(close).await?;
    if draws::seal(pool, event, &entries, seed).await? {
        meters::LOBBIES_SEALED.one();
        tracing::info!(%event, entries = entries.count(), root = %entries.root(), "sealed the lobby");
    }
    Ok(())
}
