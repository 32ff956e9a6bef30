//! The one place where the wall clock is read.

use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, TimeZone, Utc};
use sale::time::UnixMs;

/// Now, by this machine's clock.
pub fn now() -> UnixMs {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMs(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
}

/// As PostgreSQL and the API write it. Times beyond the year 262,000 become the epoch.
pub fn to_utc(at: UnixMs) -> DateTime<Utc> {
    i64::try_from(at.0).ok().and_then(|ms| Utc.timestamp_millis_opt(ms).single()).unwrap_or_default()
}

/// From PostgreSQL or the API. Times before 1970 become the epoch.
pub fn from_utc(at: DateTime<Utc>) -> UnixMs {
    UnixMs(u64::try_from(at.timestamp_millis()).unwrap_or(0))
}
