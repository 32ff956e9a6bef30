//! How long attempts gather: a lone one goes at once, and the larger the crowd, the more of it share the broker's
//! fsync, the dispenser's round and the record's transaction.

use std::time::Duration;

use tokio::time::Instant;

/// Between two messages, for each attempt a second: 1 ms at 5,000 a second, 4 ms at 20,000.
const PAUSE_PER_RATE: Duration = Duration::from_nanos(200);
/// Between two messages at most.
const PAUSE_MAX: Duration = Duration::from_millis(8);
/// The rate is that of about so long.
const OBSERVED_S: f64 = 0.05;

/// The rate at which a line fills, and what follows from it for the next message.
#[derive(Debug)]
pub(super) struct Pace {
    per_s: f64,
    sent_at: Instant,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { per_s: 0.0, sent_at: now }
    }

    /// After a message of so many, now: when the next may go, unless it is full before.
    pub(super) fn next_after(&mut self, taken: usize, now: Instant) -> Instant {
        let since_s = now.duration_since(self.sent_at).as_secs_f64();
        self.sent_at = now;
        // What gathered in so much time, and nothing in the rest of the time observed.
        let weight = (since_s / OBSERVED_S).min(1.0);
        self.per_s = self.per_s * (1.0 - weight) + taken as f64 / since_s.max(OBSERVED_S);
        now + PAUSE_PER_RATE.mul_f64(self.per_s).min(PAUSE_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pause once the rate is known, with a message of so many attempts each `every`.
    fn pause_ms(taken: usize, every: Duration) -> f64 {
        let mut now = Instant::now();
        let mut pace = Pace::new(now);
        let pauses = (0..200).map(|_| {
            now += every;
            pace.next_after(taken, now) - now
        });
        pauses.last().unwrap_or_default().as_secs_f64() * 1_000.0
    }

    #[test]
    fn a_lone_attempt_goes_at_once_and_a_crowd_gathers_longer_but_not_for_ever() {
        assert!(pause_ms(1, Duration::from_millis(100)) < 0.1);
        let busy = pause_ms(5, Duration::from_millis(1));
        assert!((0.9..1.1).contains(&busy), "{busy}");
        let crowd = pause_ms(80, Duration::from_millis(4));
        assert!((3.6..4.4).contains(&crowd), "{crowd}");
        let most = pause_ms(256, Duration::from_millis(1));
        assert!((most - 8.0).abs() < 0.01, "{most}");
    }
}
