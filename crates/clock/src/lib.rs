//! The one place where the wall clock is read. A machine whose clock is wrong follows the database's: what all
//! processes agree on matters more than who is right.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, TimeZone, Utc};
use sale::time::UnixMs;

/// Differences up to this are borne, in milliseconds: they cost nobody anything, and no step of the clock.
pub const BORNE_MS: i64 = 1_000;

/// How far this machine's clock is ahead of the database's, where that is more than is borne.
static AHEAD_MS: AtomicI64 = AtomicI64::new(0);

/// Now.
pub fn now() -> UnixMs {
    UnixMs(machine().0.saturating_add_signed(-AHEAD_MS.load(Ordering::Relaxed)))
}

/// This machine's own clock, whether it is right or not.
pub fn machine() -> UnixMs {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMs(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
}

/// How far this machine's clock is ahead of the one that is followed, and how far it was taken to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drift {
    /// Ahead, in milliseconds; zero as long as that is borne.
    pub ahead_ms: i64,
    /// The same before.
    pub before_ms: i64,
}

impl Drift {
    /// Whether the clock has been put right or wrong since.
    pub fn is_news(self) -> bool {
        (self.ahead_ms - self.before_ms).abs() > BORNE_MS
    }
}

/// Follows another clock from now on, which said `theirs` at some time between `asked` and `answered` of this machine's.
pub fn follow(asked: UnixMs, theirs: UnixMs, answered: UnixMs) -> Drift {
    let ahead_ms = ahead_ms(asked, theirs, answered);
    Drift { ahead_ms, before_ms: AHEAD_MS.swap(ahead_ms, Ordering::Relaxed) }
}

/// The answer was made at some time between question and arrival: only what lies outside is certain.
fn ahead_ms(asked: UnixMs, theirs: UnixMs, answered: UnixMs) -> i64 {
    let signed = |at: UnixMs| i64::try_from(at.0).unwrap_or(i64::MAX);
    let (asked, theirs, answered) = (signed(asked), signed(theirs), signed(answered));
    if (asked - BORNE_MS..=answered + BORNE_MS).contains(&theirs) { 0 } else { (asked + answered) / 2 - theirs }
}

/// As PostgreSQL and the API write it. Times beyond the year 262,000 become the epoch.
pub fn to_utc(at: UnixMs) -> DateTime<Utc> {
    i64::try_from(at.0).ok().and_then(|ms| Utc.timestamp_millis_opt(ms).single()).unwrap_or_default()
}

/// From PostgreSQL or the API. Times before 1970 become the epoch.
pub fn from_utc(at: DateTime<Utc>) -> UnixMs {
    UnixMs(u64::try_from(at.timestamp_millis()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_difference_that_is_certain_and_large_counts() {
        let ahead = |asked, theirs, answered| ahead_ms(UnixMs(asked), UnixMs(theirs), UnixMs(answered));
        assert_eq!(ahead(100_000, 100_004, 100_010), 0);
        assert_eq!(ahead(100_000, 99_200, 100_010), 0, "borne");
        assert_eq!(ahead(100_000, 104_000, 105_000), 0, "a slow answer proves nothing");
        assert_eq!(ahead(280_000, 100_005, 280_010), 180_000, "minutes ahead");
        assert_eq!(ahead(100_000, 280_005, 100_010), -180_000, "minutes behind");
    }
}
