//! How long it takes until what failed is tried again.

use std::ops::Range;
use std::time::Duration;

/// More than it takes from any first pause to the longest.
const DOUBLINGS_MAX: u32 = 16;

/// The pause after so many tries: `first`, then twice as long each time, `longest` at most; and then by a factor within `jitter`,
/// so that what failed together does not come together again.
pub(crate) fn after(tries: i32, first: Duration, longest: Duration, jitter: Range<f64>) -> Duration {
    let doublings = tries.saturating_sub(1).max(0).unsigned_abs().min(DOUBLINGS_MAX);
    first.saturating_mul(1 << doublings).min(longest).mul_f64(rand::random_range(jitter))
}
