//! Waits for a state, never for a time: a machine that is busy makes a test slower, and not another test.

use std::fmt::Debug;
use std::time::Duration;

use tokio::time::Instant;

const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Looks until what is seen is as wanted, and returns that.
///
/// # Panics
/// When it is not so in time; the message says what was wanted, and what was seen last.
pub async fn until<T: Debug>(
    wanted: &str,
    within: Duration,
    mut look: impl AsyncFnMut() -> T,
    is_so: impl Fn(&T) -> bool,
) -> T {
    let give_up = Instant::now() + within;
    loop {
        let seen = look().await;
        if is_so(&seen) {
            return seen;
        }
        assert!(Instant::now() < give_up, "not within {within:?}: {wanted}; seen last: {seen:?}");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
