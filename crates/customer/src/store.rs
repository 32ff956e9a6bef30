//! The keys that are believed. They are read again before they are old, and when a token names one that is not among
//! them; while they cannot be read, those that were read last are still believed.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::keys::Keys;
use crate::meters::Whose;
use crate::source::{Fresh, Reader};
use crate::{Refusal, meters};

/// How often is looked whether it is time to read.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// After a failure.
const AGAIN_AFTER: Duration = Duration::from_secs(10);
/// So often keys are read because tokens name one that is not known, however many do: anybody can make such a token.
const WANTED_EVERY: Duration = Duration::from_secs(10);

/// An issuer's keys, and where they are read.
pub(crate) struct Store {
    whose: Whose,
    reader: Reader,
    opened_at: Instant,
    believed: RwLock<Option<Believed>>,
    /// Held while reading, so that one reads for all who wait.
    wanted: Mutex<Option<Wanted>>,
}

#[derive(Clone)]
struct Believed {
    keys: Arc<Keys>,
    read_at: Instant,
}

/// The last time that keys were read because a token named one that was not known.
#[derive(Clone, Copy)]
struct Wanted {
    at: Instant,
    failed: bool,
}

impl Store {
    /// With the keys of a file; those at a URL may come later.
    ///
    /// # Errors
    /// When a file holds no keys.
    pub(crate) async fn open(whose: Whose, reader: Reader) -> anyhow::Result<Self> {
        let now = Instant::now();
        let store = Self { whose, reader, opened_at: now, believed: RwLock::default(), wanted: Mutex::new(None) };
        if store.reader.is_file() {
            store.read().await.context("FLASHLINE_CUSTOMER_JWKS")?;
        }
        Ok(store)
    }

    /// The keys, read again if those that are known are not what is wanted.
    ///
    /// # Errors
    /// When what is wanted is not among them, and nobody can say whether it would be if they could be read.
    pub(crate) async fn with(&self, is_wanted: impl Fn(&Keys) -> bool) -> Result<Arc<Keys>, Refusal> {
        let known = || self.believed().map(|believed| believed.keys);
        if let Some(keys) = known().filter(|keys| is_wanted(keys)) {
            return Ok(keys);
        }
        let mut wanted = self.wanted.lock().await;
        // Somebody else may have read them meanwhile.
        if let Some(keys) = known().filter(|keys| is_wanted(keys)) {
            return Ok(keys);
        }
        let last = match *wanted {
            Some(last) if last.at.elapsed() < WANTED_EVERY => last,
            _ => {
                let failed = self.read_or_log().await.is_none();
                *wanted.insert(Wanted { at: Instant::now(), failed })
            }
        };
        known().filter(|keys| !last.failed || is_wanted(keys)).ok_or(Refusal::KeysAway)
    }

    /// Reads them when it is time to, until shutdown.
    pub(crate) async fn keep_current(&self, shutdown: CancellationToken) {
        let mut due = Instant::now();
        loop {
            if Instant::now() >= due {
                let wait = self.read_or_log().await.unwrap_or_else(|| {
                    retry::again("customer keys");
                    AGAIN_AFTER
                });
                // Before they are old, and not all doors at once.
                due = Instant::now() + wait.mul_f64(rand::random_range(0.75..1.0));
            }
            meters::KEYS_AGE.set(self.whose, self.age().as_secs_f64());
            if tokio::time::timeout(LOOK_EVERY, shutdown.cancelled()).await.is_ok() {
                return;
            }
        }
    }

    /// How long they are fresh, if they could be read.
    async fn read_or_log(&self) -> Option<Duration> {
        let read = self.read().await;
        let failed = |error: &anyhow::Error| {
            let (error, age_s) = (format!("{error:#}"), self.age().as_secs());
            tracing::warn!(
                whose = ?self.whose,
                error,
                age_s,
                "customers' keys cannot be read; those that were read before, if any, are still believed"
            );
        };
        read.inspect_err(failed).ok()
    }

    async fn read(&self) -> anyhow::Result<Duration> {
        // Before the question: they are no younger than that.
        let read_at = Instant::now();
        let Fresh { keys, fresh_for } = self.reader.read().await?;
        meters::KEYS.set(self.whose, keys.len() as f64);
        let believed = Believed { keys: Arc::new(keys), read_at };
        *self.believed.write().unwrap_or_else(PoisonError::into_inner) = Some(believed);
        Ok(fresh_for)
    }

    fn believed(&self) -> Option<Believed> {
        self.believed.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn age(&self) -> Duration {
        self.believed().map_or(self.opened_at, |believed| believed.read_at).elapsed()
    }
}
