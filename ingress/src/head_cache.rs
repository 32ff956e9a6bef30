//! The counts of an event from Redis, for when no dispenser has been heard: read at most once a second,
//! by one request at a time, however many ask.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use inventory::Connection;
use sale::ids::EventId;
use sale::record::Head;

const KEPT_FOR: Duration = Duration::from_secs(1);
const READ_WITHIN: Duration = Duration::from_millis(500);
/// Events kept; more are read every time.
const EVENTS_MAX: usize = 1_024;

#[derive(Clone)]
struct Kept {
    head: Option<Arc<Head>>,
    read_at: Instant,
}

/// The heads read of late.
pub(crate) struct HeadCache {
    redis: Connection,
    kept: Mutex<HashMap<EventId, Kept>>,
    reading: tokio::sync::Semaphore,
}

impl HeadCache {
    pub(crate) fn new(redis: Connection) -> Self {
        Self { redis, kept: Mutex::default(), reading: tokio::sync::Semaphore::new(1) }
    }

    /// The head of an event, at most about a second old while Redis answers. `None` when it has none, or
    /// Redis never said.
    pub(crate) async fn of(&self, event: EventId) -> Option<Arc<Head>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(&event).cloned();
        let is_young = kept.as_ref().is_some_and(|kept| kept.read_at.elapsed() < KEPT_FOR);
        let last = kept.and_then(|kept| kept.head);
        if is_young {
            return last;
        }
        let Ok(_reading) = self.reading.try_acquire() else { return last };
        let mut redis = self.redis.clone();
        let read = tokio::time::timeout(READ_WITHIN, inventory::read_head(&mut redis, event)).await;
        let head = match read {
            Ok(Ok(head)) => head.map(Arc::new),
            Ok(Err(_)) | Err(_) => last,
        };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= EVENTS_MAX {
            kept.retain(|_, kept| kept.read_at.elapsed() < KEPT_FOR);
        }
        if kept.len() < EVENTS_MAX {
            kept.insert(event, Kept { head: head.clone(), read_at: Instant::now() });
        }
        head
    }
}
