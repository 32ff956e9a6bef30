//! What was seen of late, in two generations, the older of which is forgotten whole: less exact than a cache with a
//! time for each entry, and several times cheaper in a hot path.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What was seen, and with what. Each is remembered for a generation at least, and for two at most.
pub struct Generations<K, V> {
    entries_max: usize,
    lasts: Duration,
    kept: Mutex<Kept<K, V>>,
}

struct Kept<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    began: Instant,
}

impl<K: Eq + Hash, V: Copy> Generations<K, V> {
    /// A generation ends with so many entries, or after so long.
    pub fn new(entries_max: usize, lasts: Duration) -> Self {
        let kept = Kept { young: HashMap::new(), old: HashMap::new(), began: Instant::now() };
        Self { entries_max, lasts, kept: Mutex::new(kept) }
    }

    /// What a key came with.
    pub fn get(&self, key: &K) -> Option<V> {
        let kept = self.kept();
        kept.young.get(key).or_else(|| kept.old.get(key)).copied()
    }

    /// Remembers a key, and what it comes with now. Whether it is new.
    pub fn put(&self, key: K, value: V) -> bool {
        let mut kept = self.kept();
        if kept.young.len() >= self.entries_max || kept.began.elapsed() > self.lasts {
            let next = HashMap::with_capacity(kept.young.len());
            kept.old = std::mem::replace(&mut kept.young, next);
            kept.began = Instant::now();
        }
        let was_old = kept.old.contains_key(&key);
        kept.young.insert(key, value).is_none() && !was_old
    }

    fn kept(&self) -> MutexGuard<'_, Kept<K, V>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_is_remembered_for_a_generation_at_least_and_never_without_bound() {
        let seen = Generations::new(1_000, Duration::from_secs(900));
        for n in 0..2_000 {
            assert!(seen.put(n, 1));
        }
        assert_eq!(seen.get(&1_000), Some(1));
        assert!(!seen.put(1_999, 1), "seen before");
        assert!(seen.put(2_000, 2));
        assert_eq!((seen.get(&2_000), seen.get(&0)), (Some(2), None));
    }
}
