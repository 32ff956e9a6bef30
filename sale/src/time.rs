//! Wall time, the line's time, and how pauses separate the two.

use serde::{Deserialize, Serialize};

/// Wall time: milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMs(pub u64);

impl UnixMs {
    /// This instant moved later by `ms` milliseconds.
    pub fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds since `earlier`; zero when `earlier` is later.
    pub fn ms_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// The line's time in milliseconds: wall time minus all the time the sale stood paused.
///
/// It moves with the messages in the event's queue, never with a process's clock, and never backwards.
/// Deadlines live on this clock, so a paused sale costs nobody paying time, and a confirmation that
/// entered the line before the deadline wins however long the line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LineMs(pub u64);

impl LineMs {
    /// This instant moved later by `ms` milliseconds.
    pub fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

/// One pause of a sale. `until` is absent while it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// When the organiser paused the sale.
    pub from: UnixMs,
    /// When the organiser resumed it.
    pub until: Option<UnixMs>,
}

/// All pauses of one sale, in order, without overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pauses(pub Vec<Pause>);

impl Pauses {
    /// Whether the sale stands paused now (the last pause has no end).
    pub fn is_paused(&self) -> bool {
        self.since().is_some()
    }

    /// Since when the sale stands paused, if it does.
    pub fn since(&self) -> Option<UnixMs> {
        self.0.last().filter(|pause| pause.until.is_none()).map(|pause| pause.from)
    }

    /// The line's time at a wall time: time during pauses does not count.
    pub fn line_time(&self, at: UnixMs) -> LineMs {
        let paused_ms: u64 = self.0.iter().map(|pause| pause.until.unwrap_or(at).min(at).ms_since(pause.from)).sum();
        LineMs(at.0 - paused_ms.min(at.0))
    }

    /// The wall time at which the line's time reaches `line`, if the sale is not paused again.
    /// While a pause lasts, time is counted as if it ended at `now`.
    pub fn wall_time(&self, line: LineMs, now: UnixMs) -> UnixMs {
        let mut wall = UnixMs(line.0);
        for pause in &self.0 {
            if wall < pause.from {
                break;
            }
            let until = pause.until.unwrap_or(now.max(pause.from));
            wall = wall.plus_ms(until.ms_since(pause.from));
        }
        wall
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pauses() -> impl Strategy<Value = Pauses> {
        proptest::collection::vec((1u64..1_000, 1u64..1_000), 0..5).prop_map(|gaps| {
            let mut at = 1_000_000;
            Pauses(
                gaps.into_iter()
                    .map(|(gap, length)| {
                        let from = UnixMs(at + gap);
                        at += gap + length;
                        Pause { from, until: Some(UnixMs(at)) }
                    })
                    .collect(),
            )
        })
    }

    proptest! {
        #[test]
        fn line_time_never_runs_back(pauses in pauses(), a in 1_000_000u64..1_012_000, step in 0u64..500) {
            prop_assert!(pauses.line_time(UnixMs(a + step)) >= pauses.line_time(UnixMs(a)));
        }

        #[test]
        fn wall_time_is_the_first_moment_that_reaches_the_line_time(pauses in pauses(), line in 1_000_001u64..1_012_000) {
            let now = UnixMs(1_020_000);
            let wall = pauses.wall_time(LineMs(line), now);
            prop_assert_eq!(pauses.line_time(wall), LineMs(line));
        }
    }

    #[test]
    fn a_pause_stops_the_line() {
        let mut pauses = Pauses(vec![Pause { from: UnixMs(100), until: None }]);
        assert!(pauses.is_paused());
        assert_eq!(pauses.line_time(UnixMs(90)), LineMs(90));
        assert_eq!(pauses.line_time(UnixMs(500)), LineMs(100));
        pauses.0[0].until = Some(UnixMs(400));
        assert_eq!(pauses.line_time(UnixMs(500)), LineMs(200));
    }
}
