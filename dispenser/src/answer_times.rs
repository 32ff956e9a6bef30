//! How long attempts have waited of late, from the door to the committed decision.

use std::collections::VecDeque;

use sale::report::AnswerTimes;
use sale::time::UnixMs;

/// Older ones say nothing about now.
const KEPT_FOR_MS: u64 = 60_000;
/// Messages remembered at most: the newest of a busy line are a fair sample.
const KEPT_MAX: usize = 4_096;

#[derive(Default)]
pub(crate) struct Waits(VecDeque<Wait>);

struct Wait {
    until: UnixMs,
    ms: u64,
    attempts: u64,
}

impl Waits {
    /// Notes that so many attempts of a message, sent at `admitted_at`, are decided and committed now.
    pub(crate) fn note(&mut self, admitted_at: UnixMs, now: UnixMs, attempts: u64) {
        if self.0.len() == KEPT_MAX {
            self.0.pop_front();
        }
        self.0.push_back(Wait { until: now, ms: now.ms_since(admitted_at), attempts });
    }

    /// Percentiles over the last minute; nothing when nobody came.
    pub(crate) fn times(&mut self, now: UnixMs) -> Option<AnswerTimes> {
        while self.0.front().is_some_and(|wait| now.ms_since(wait.until) > KEPT_FOR_MS) {
            self.0.pop_front();
        }
        let mut waits: Vec<(u64, u64)> = self.0.iter().map(|wait| (wait.ms, wait.attempts)).collect();
        waits.sort_unstable();
        let all: u64 = waits.iter().map(|(_, attempts)| attempts).sum();
        let at = |percent: u64| {
            let rank = (all * percent).div_ceil(100);
            let mut passed = 0;
            waits.iter().find_map(|(ms, attempts)| {
                passed += attempts;
                (passed >= rank).then_some(*ms)
            })
        };
        (all > 0).then_some(())?;
        Some(AnswerTimes { p50: at(50)?, p95: at(95)?, p99: at(99)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_weigh_each_attempt_and_forget_what_is_long_ago() {
        let mut waits = Waits::default();
        assert_eq!(waits.times(UnixMs(0)), None);
        for (wait_ms, attempts) in [(4, 90), (40, 8), (400, 2)] {
            waits.note(UnixMs(1_000), UnixMs(1_000 + wait_ms), attempts);
        }
        assert_eq!(waits.times(UnixMs(1_500)), Some(AnswerTimes { p50: 4, p95: 40, p99: 400 }));
        assert_eq!(waits.times(UnixMs(1_401 + KEPT_FOR_MS)), None);
    }
}
