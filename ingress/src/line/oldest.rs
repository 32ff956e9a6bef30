//! How old the oldest attempt is that the line has not answered: by samples of how many had been confirmed when.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Between two marks. An age is exact to this.
const MARK_EVERY: Duration = Duration::from_millis(100);
/// Marks kept at most: beyond, new ones wait, and the oldest, which counts, stays.
const MARKS_MAX: usize = 10_000;

/// Samples of how many attempts had been sent and confirmed, oldest first.
#[derive(Debug, Default)]
pub(super) struct Marks(VecDeque<(Instant, u64)>);

impl Marks {
    /// Notes that so many attempts had been sent by then, all of them confirmed: what the broker never had will
    /// not be answered. Confirms may overtake each other.
    pub(super) fn note(&mut self, sent: u64, now: Instant) {
        let room = self.0.len() < MARKS_MAX;
        match self.0.back_mut() {
            Some((_, count)) if sent <= *count => {}
            Some((at, count)) if now.saturating_duration_since(*at) < MARK_EVERY => *count = sent,
            _ if room => self.0.push_back((now, sent)),
            _ => {}
        }
    }

    /// The age of the oldest one that is not among the `served` first.
    pub(super) fn oldest(&mut self, served: u64, now: Instant) -> Duration {
        while self.0.front().is_some_and(|(_, sent)| *sent <= served) {
            self.0.pop_front();
        }
        self.0.front().map_or(Duration::ZERO, |(at, _)| now.saturating_duration_since(*at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_what_is_not_served_and_memory_is_bounded() {
        let (mut marks, start) = (Marks::default(), Instant::now());
        let at = |ms| start + Duration::from_millis(ms);
        assert_eq!(marks.oldest(0, at(5)), Duration::ZERO);
        for (sent, ms) in [(10, 0), (20, 50), (30, 100), (40, 1_000)] {
            marks.note(sent, at(ms));
        }
        assert_eq!(marks.oldest(0, at(2_000)), Duration::from_millis(2_000));
        assert_eq!(marks.oldest(19, at(2_000)), Duration::from_millis(2_000), "one of the first mark is left");
        assert_eq!(marks.oldest(20, at(2_000)), Duration::from_millis(1_900));
        assert_eq!(marks.oldest(40, at(2_000)), Duration::ZERO);
        for mark in 0..2 * MARKS_MAX as u64 {
            marks.note(100 + mark, at(10_000 + mark * 100));
        }
        assert_eq!(marks.0.len(), MARKS_MAX);
        assert_eq!(marks.oldest(0, at(11_000)), Duration::from_millis(1_000), "the oldest stays");
    }
}
