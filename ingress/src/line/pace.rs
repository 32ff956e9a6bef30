//! How long attempts gather: a lone one goes at once, and the larger the crowd, the more of it share the broker's
//! fsync, the dispenser's round and the record's transaction.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Between two messages of the only line, for each attempt a second: 1 ms at 5,000 a second, 4 ms at 20,000.
const PAUSE_PER_RATE: Duration = Duration::from_nanos(200);
/// Between two messages of the only line at most.
const PAUSE_MAX: Duration = Duration::from_millis(8);
/// Between two messages of one line of many at most.
const SHARED_PAUSE_MAX: Duration = Duration::from_millis(32);
/// The rate is that of about so long.
const OBSERVED_S: f64 = 0.05;

/// How many attempts a second went lately.
#[derive(Debug)]
pub(super) struct AttemptRate {
    per_s: f64,
    noted_at: Instant,
}

impl AttemptRate {
    pub(super) fn new(now: Instant) -> Self {
        Self { per_s: 0.0, noted_at: now }
    }

    /// So many went now.
    fn note(&mut self, count: usize, now: Instant) -> f64 {
        let since_s = now.saturating_duration_since(self.noted_at).as_secs_f64();
        self.noted_at = now;
        // What gathered in so much time, and nothing in the rest of the time observed.
        let weight = (since_s / OBSERVED_S).min(1.0);
        self.per_s = self.per_s * (1.0 - weight) + count as f64 / since_s.max(OBSERVED_S);
        self.per_s
    }
}

/// The rates at which a line and the whole door fill, and what follows from them for the next message.
#[derive(Debug)]
pub(super) struct Pace {
    line: AttemptRate,
    door: Arc<Mutex<AttemptRate>>,
}

impl Pace {
    pub(super) fn new(door: Arc<Mutex<AttemptRate>>, now: Instant) -> Self {
        Self { line: AttemptRate::new(now), door }
    }

    /// After a message of so many, now: when the next may go, unless it is full before.
    ///
    /// Lines share what the machine can spend on messages. The least waiting for a given number of messages is had
    /// when each line pauses in proportion to one over the square root of its rate.
    pub(super) fn next_after(&mut self, taken: usize, now: Instant) -> Instant {
        let line = self.line.note(taken, now);
        let door = self.door.lock().unwrap_or_else(PoisonError::into_inner).note(taken, now).max(line);
        let alone = PAUSE_PER_RATE.mul_f64(door).min(PAUSE_MAX);
        now + alone.mul_f64((door / line.max(1.0)).sqrt()).min(SHARED_PAUSE_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pause of the last of so many lines once the rates are known, with a message of so many attempts `every`.
    fn pause_ms(lines: usize, taken: usize, every: Duration) -> f64 {
        let mut now = Instant::now();
        let door = Arc::new(Mutex::new(AttemptRate::new(now)));
        let mut lines: Vec<_> = (0..lines).map(|_| Pace::new(Arc::clone(&door), now)).collect();
        let mut pause = Duration::ZERO;
        for _ in 0..200 {
            now += every;
            for line in &mut lines {
                pause = line.next_after(taken, now) - now;
            }
        }
        pause.as_secs_f64() * 1_000.0
    }

    #[test]
    fn a_lone_attempt_goes_at_once_and_a_crowd_gathers_longer_but_not_for_ever() {
        assert!(pause_ms(1, 1, Duration::from_millis(100)) < 0.1);
        let busy = pause_ms(1, 5, Duration::from_millis(1));
        assert!((0.9..1.1).contains(&busy), "{busy}");
        let crowd = pause_ms(1, 80, Duration::from_millis(4));
        assert!((3.6..4.4).contains(&crowd), "{crowd}");
        let most = pause_ms(1, 256, Duration::from_millis(1));
        assert!((most - 8.0).abs() < 0.01, "{most}");
    }

    #[test]
    fn many_lines_gather_longer_but_not_for_ever() {
        let four = pause_ms(4, 5, Duration::from_millis(4));
        assert!((1.8..2.2).contains(&four), "as 1 ms for one line, times the root of 4: {four}");
        let most = pause_ms(50, 256, Duration::from_millis(8));
        assert!((most - 32.0).abs() < 0.01, "{most}");
    }

    #[test]
    fn a_busy_line_hardly_waits_for_an_idle_one() {
        let mut now = Instant::now();
        let door = Arc::new(Mutex::new(AttemptRate::new(now)));
        let (mut busy, mut idle) = (Pace::new(Arc::clone(&door), now), Pace::new(door, now));
        let mut pause = Duration::ZERO;
        for step in 0..1_000 {
            now += Duration::from_millis(4);
            if step % 20 == 0 {
                idle.next_after(1, now);
            }
            pause = busy.next_after(80, now) - now;
        }
        assert!(pause < Duration::from_millis(5), "{pause:?}");
    }
}
