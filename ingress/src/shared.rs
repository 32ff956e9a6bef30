//! What many ask for at the same time: read once, and told to all of them for a moment.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Different questions kept; with more, those that nobody waits for are forgotten.
const KEPT_MAX: usize = 256;

type Slot<V> = Arc<tokio::sync::Mutex<Option<(Instant, Arc<V>)>>>;

/// Answers of late, by what was asked.
pub(crate) struct Shared<K, V> {
    kept_for: Duration,
    slots: Mutex<HashMap<K, Slot<V>>>,
}

impl<K: Eq + Hash, V> Shared<K, V> {
    pub(crate) fn new(kept_for: Duration) -> Self {
        Self { kept_for, slots: Mutex::default() }
    }

    /// The answer, not older than it is kept for. Whoever asks while it is read waits for that; a failure is told to who met it
    /// alone.
    pub(crate) async fn of<E>(&self, key: K, read: impl Future<Output = Result<V, E>>) -> Result<Arc<V>, E> {
        let slot = self.slot(key);
        let mut kept = slot.lock().await;
        if let Some((read_at, value)) = &*kept
            && read_at.elapsed() < self.kept_for
        {
            return Ok(Arc::clone(value));
        }
        // As old as the question: what happened since may not be in the answer.
        let asked_at = Instant::now();
        let value = Arc::new(read.await?);
        *kept = Some((asked_at, Arc::clone(&value)));
        Ok(value)
    }

    fn slot(&self, key: K) -> Slot<V> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= KEPT_MAX {
            slots.retain(|_, slot| Arc::strong_count(slot) > 1);
        }
        Arc::clone(slots.entry(key).or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn many_who_ask_at_once_cost_one_read() {
        let (shared, reads) = (Shared::new(Duration::from_secs(60)), AtomicU32::new(0));
        let read = || async {
            tokio::task::yield_now().await;
            Ok::<_, ()>(reads.fetch_add(1, Ordering::Relaxed))
        };
        let (one, two, other) = tokio::join!(shared.of("a", read()), shared.of("a", read()), shared.of("b", read()));
        assert_eq!(one, two);
        assert_ne!(one, other);
        assert_eq!(reads.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn a_failure_is_not_kept_and_an_old_answer_is_read_again() {
        let shared = Shared::new(Duration::ZERO);
        assert_eq!(shared.of((), async { Err::<u32, _>("away") }).await, Err("away"));
        assert_eq!(shared.of((), async { Ok::<_, ()>(1) }).await, Ok(Arc::new(1)));
        assert_eq!(shared.of((), async { Ok::<_, ()>(2) }).await, Ok(Arc::new(2)));
    }
}
