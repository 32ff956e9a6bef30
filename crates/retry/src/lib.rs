//! Capped, jittered backoff. The only crate that knows the `backoff` crate, which is no longer
//! maintained upstream: replacing it means changing this file alone.

use std::fmt::Display;
use std::future::Future;
use std::time::Duration;

use backoff::ExponentialBackoff;
use backoff::backoff::Backoff as _;
use meter::{Counters, Unit};
use tokio_util::sync::CancellationToken;

static RETRIES: Counters<&'static str> = Counters::new(
    "flashline_process_retries_total",
    "what",
    Unit::Count,
    "Tries that failed and are made again, by operation",
);

/// How long to wait between tries.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Before the second try.
    pub first: Duration,
    /// Between any two.
    pub longest: Duration,
    /// After this long in all, give up; `None` is never.
    pub give_up_after: Option<Duration>,
}

/// For connections to servers: as long as it takes, at most two seconds apart.
pub const RECONNECT: Policy =
    Policy { first: Duration::from_millis(50), longest: Duration::from_secs(2), give_up_after: None };

/// The waits between tries of one thing.
pub struct Backoff {
    what: &'static str,
    waits: ExponentialBackoff,
}

impl Backoff {
    /// Starts counting.
    pub fn new(what: &'static str, policy: Policy) -> Self {
        let waits = ExponentialBackoff {
            current_interval: policy.first,
            initial_interval: policy.first,
            max_interval: policy.longest,
            max_elapsed_time: policy.give_up_after,
            randomization_factor: 0.5,
            multiplier: 2.0,
            ..ExponentialBackoff::default()
        };
        RETRIES.add(what, 0);
        Self { what, waits }
    }

    /// Waits before the next try; false when it is time to give up. Counts it.
    pub async fn wait(&mut self) -> bool {
        let Some(wait) = self.waits.next_backoff() else { return false };
        again(self.what);
        tokio::time::sleep(wait).await;
        true
    }

    /// After a success: the next wait is the shortest again.
    pub fn reset(&mut self) {
        self.waits.reset();
    }
}

/// Counts a try that failed and is made again: for those whose next try waits elsewhere, as a row that is due
/// later, say.
pub fn again(what: &'static str) {
    RETRIES.one(what);
}

/// Tries until it works, the policy gives up, or `cancel` is cancelled.
///
/// # Errors
/// The last error, when giving up or cancelled.
pub async fn retry<T, E: Display, F: Future<Output = Result<T, E>>>(
    what: &'static str,
    policy: Policy,
    cancel: &CancellationToken,
    mut attempt: impl FnMut() -> F,
) -> Result<T, E> {
    let mut backoff = Backoff::new(what, policy);
    loop {
        let error = match attempt().await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        tracing::warn!(what, error = format!("{error:#}"), "failed, will try again");
        let go_on = tokio::select! {
            go_on = backoff.wait() => go_on,
            () = cancel.cancelled() => false,
        };
        if !go_on {
            return Err(error);
        }
    }
}
