//! Whether a process can do its work.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::meters;

/// Named conditions that must all hold before the process takes work.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<Mutex<BTreeMap<&'static str, bool>>>);

impl Readiness {
    /// Says whether a condition holds.
    pub fn set(&self, condition: &'static str, holds: bool) {
        let before = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(condition, holds);
        meters::READY.set(condition, f64::from(holds));
        if before != Some(holds) {
            tracing::info!(condition, holds, "readiness");
        }
    }

    /// Whether a condition is known to hold.
    pub fn holds(&self, condition: &'static str) -> bool {
        self.snapshot().get(condition).copied().unwrap_or(false)
    }

    /// All conditions.
    pub(crate) fn snapshot(&self) -> BTreeMap<&'static str, bool> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
