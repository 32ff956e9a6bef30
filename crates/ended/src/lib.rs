//! Which sessions were ended by signing out, kept current: read from PostgreSQL, and every second what was ended since. While
//! PostgreSQL is away, what was read last stays. An entry is kept until every token that it can concern has expired, and cannot be
//! renewed any more.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use meter::{Gauge, Unit};
use record::PgPool;
use record::sessions::{ENDED_MAX, Ended, EndedRow};
use sale::ids::ShopperId;
use sale::time::UnixMs;
use session::{Family, RENEWABLE_S};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How often it is looked for sessions that were ended elsewhere.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often those are forgotten that concern no token any more.
const TIDY_EVERY: Duration = Duration::from_secs(60);
/// How long a session may last at most, whatever a process is configured to: tokens from before that was changed count, too.
const LASTS_MAX_S: u64 = 30 * 86_400;
/// A door that cannot reach PostgreSQL may renew a session that was ended meanwhile: what it can be away for without harm.
const AWAY_MAX_S: u64 = 7 * 86_400;

static ENTRIES: Gauge = Gauge::new(
    "flashline_process_ended_sessions",
    Unit::Count,
    "Sessions that were ended by signing out, as known here",
);
static AGE: Gauge = Gauge::new(
    "flashline_process_ended_sessions_age_seconds",
    Unit::Seconds,
    "How long ago this process has read which sessions were ended",
);

/// Which sessions were ended. Cheap to clone.
#[derive(Clone)]
pub struct EndedSessions {
    known: Arc<Known>,
    changed: watch::Receiver<()>,
}

#[derive(Default)]
struct Known {
    entries: RwLock<HashMap<Uuid, Entry>>,
    is_loaded: AtomicBool,
}

#[derive(Clone, Copy)]
struct Entry {
    until: UnixMs,
    kept_until: UnixMs,
}

/// Nobody can say yet whether a session was ended: it was not read since this process began.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("which sessions were ended is not known yet")]
pub struct Unknown;

/// Why a session was not ended.
#[derive(Debug, thiserror::Error)]
pub enum EndError {
    /// There is no room for more.
    #[error("as many sessions were ended as are remembered")]
    Full,
    /// PostgreSQL does not answer.
    #[error(transparent)]
    Record(#[from] record::Error),
}

impl EndedSessions {
    /// Whether a shopper's session was ended, as far as is known here.
    ///
    /// # Errors
    /// When nothing is known yet.
    pub fn has(&self, shopper: ShopperId, session: Family) -> Result<bool, Unknown> {
        if !self.is_loaded() {
            return Err(Unknown);
        }
        let entries = self.known.entries();
        let has = |id: &Uuid| entries.get(id).is_some_and(|entry| session.began <= entry.until);
        Ok(!entries.is_empty() && (has(&session.id.0) || has(&shopper.0)))
    }

    /// Ends a session of a shopper, or all that have begun: durable when this returns, and known to every process about a second
    /// later.
    ///
    /// # Errors
    /// When PostgreSQL does not answer, or too many were ended.
    pub async fn end(&self, pool: &PgPool, ended: Ended, asking: Family) -> Result<(), EndError> {
        if self.known.entries().len() >= ENDED_MAX {
            return Err(EndError::Full);
        }
        let now = clock::now();
        // The clock of the door where it began may be ahead.
        let until = now.max(asking.began);
        let kept_until = now.plus_ms((LASTS_MAX_S + RENEWABLE_S + AWAY_MAX_S) * 1_000);
        record::sessions::end(pool, ended, until, kept_until).await?;
        self.known.put(ended.id(), Entry { until, kept_until });
        Ok(())
    }

    /// Whether it was read at least once.
    pub fn is_loaded(&self) -> bool {
        self.known.is_loaded.load(Ordering::Relaxed)
    }

    /// Waits until more were ended elsewhere, or what was ended is known for the first time.
    pub async fn changed(&mut self) {
        if self.changed.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Known {
    fn entries(&self) -> RwLockReadGuard<'_, HashMap<Uuid, Entry>> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether that is news.
    fn put(&self, id: Uuid, entry: Entry) -> bool {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        // The latest end counts, whichever is heard of last.
        let is_news = entries.get(&id).is_none_or(|known| known.until < entry.until);
        if is_news {
            entries.insert(id, entry);
        }
        is_news
    }

    /// Whether there was anything new among what was read.
    fn hear(&self, rows: Vec<EndedRow>) -> bool {
        let mut is_news = !self.is_loaded.load(Ordering::Relaxed);
        for EndedRow { id, until, kept_until, .. } in rows {
            is_news |= self.put(id, Entry { until, kept_until });
        }
        self.is_loaded.store(true, Ordering::Relaxed);
        is_news
    }

    fn forget_those_before(&self, now: UnixMs) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|_, entry| entry.kept_until >= now);
    }
}

/// Starts to follow what is ended. Nothing is known until the returned task has run; spawn it.
pub fn follow(
    pool: PgPool,
    shutdown: CancellationToken,
) -> (EndedSessions, impl Future<Output = anyhow::Result<()>> + Send + 'static) {
    meter::register(&[&ENTRIES, &AGE]);
    let (tell, changed) = watch::channel(());
    let known = Arc::<Known>::default();
    let ended = EndedSessions { known: Arc::clone(&known), changed };
    let keep = async move {
        let (mut latest, mut read_at, mut tidied_at) = (None, Instant::now(), Instant::now());
        loop {
            let asked_at = Instant::now();
            match record::sessions::ended(&pool, latest).await {
                Ok(rows) => {
                    read_at = asked_at;
                    latest = rows.last().map(|row| row.ended_at).or(latest);
                    if known.hear(rows) {
                        tell.send_replace(());
                    }
                }
                Err(error) => {
                    retry::again("ended sessions");
                    tracing::warn!(%error, "ended sessions: keeping what was read last");
                    // Another server may answer next time, whose clock is another.
                    latest = None;
                }
            }
            if tidied_at.elapsed() >= TIDY_EVERY {
                tidied_at = Instant::now();
                known.forget_those_before(clock::now());
            }
            ENTRIES.set(known.entries().len() as f64);
            AGE.set(read_at.elapsed().as_secs_f64());
            if tokio::time::timeout(LOOK_EVERY, shutdown.cancelled()).await.is_ok() {
                return Ok(());
            }
        }
    };
    (ended, keep)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sale::ids::SessionId;

    const SHOPPER: ShopperId = ShopperId(Uuid::from_u128(1));

    fn session(id: u128, began: u64) -> Family {
        Family { id: SessionId(Uuid::from_u128(id)), began: UnixMs(began) }
    }

    fn row(id: u128, until: u64, kept_until: u64) -> EndedRow {
        let ended_at = clock::to_utc(UnixMs(until));
        EndedRow { id: Uuid::from_u128(id), until: UnixMs(until), kept_until: UnixMs(kept_until), ended_at }
    }

    fn nothing() -> EndedSessions {
        EndedSessions { known: Arc::default(), changed: watch::channel(()).1 }
    }

    #[test]
    fn before_anything_was_read_nobody_can_say() {
        let ended = nothing();
        assert_eq!(ended.has(SHOPPER, session(7, 10)), Err(Unknown));
        assert!(ended.known.hear(Vec::new()), "that nothing was ended is news");
        assert_eq!(ended.has(SHOPPER, session(7, 10)), Ok(false));
    }

    #[test]
    fn a_session_ends_alone_and_a_shopper_ends_all_that_have_begun() {
        let ended = nothing();
        ended.known.hear(vec![row(7, 20, 1_000)]);
        assert_eq!(ended.has(SHOPPER, session(7, 10)), Ok(true));
        assert_eq!(ended.has(SHOPPER, session(8, 10)), Ok(false));
        ended.known.hear(vec![row(1, 30, 1_000)]);
        assert_eq!(ended.has(SHOPPER, session(8, 30)), Ok(true));
        assert_eq!(ended.has(SHOPPER, session(9, 31)), Ok(false), "it began later");
        assert_eq!(ended.has(ShopperId(Uuid::from_u128(2)), session(8, 30)), Ok(false));
    }

    #[test]
    fn what_is_heard_again_or_late_is_no_news_and_takes_nothing_back() {
        let ended = nothing();
        assert!(ended.known.hear(vec![row(1, 30, 1_000)]));
        assert!(!ended.known.hear(vec![row(1, 30, 1_000)]));
        assert!(!ended.known.hear(vec![row(1, 20, 990)]));
        assert_eq!(ended.has(SHOPPER, session(8, 25)), Ok(true));
        assert!(ended.known.hear(vec![row(1, 40, 1_010)]));
    }

    #[test]
    fn an_entry_is_forgotten_when_it_concerns_no_token_any_more() {
        let ended = nothing();
        ended.known.hear(vec![row(7, 20, 1_000), row(8, 30, 1_010)]);
        ended.known.forget_those_before(UnixMs(1_005));
        assert_eq!(ended.known.entries().len(), 1);
    }
}
