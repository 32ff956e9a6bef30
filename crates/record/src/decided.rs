//! When rounds were decided, as the record takes it. A dispenser says it by its own clock, which may jump before anybody notices;
//! history, report and replay go by what is recorded, and must not tell of a time to come.

use chrono::{DateTime, Utc};
use sale::report::RoundReport;
use sale::time::UnixMs;

/// So much later than the record's own clock a round may have been decided, in milliseconds: what is borne of any clock.
const AHEAD_MS: u64 = clock::BORNE_MS.unsigned_abs();

/// Between which times the next round of a line was decided.
#[derive(Clone, Copy, Debug)]
pub struct Decided {
    not_before: UnixMs,
    not_after: UnixMs,
}

impl Decided {
    /// After a round that was decided at `last`, by a record whose clock says `now`.
    pub fn after(last: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Self {
        Self {
            not_before: last.map(clock::from_utc).unwrap_or_default(),
            not_after: clock::from_utc(now).plus_ms(AHEAD_MS),
        }
    }

    /// Puts right when a round was decided, where that cannot be; the next one was not before it. Nothing else of a round goes by
    /// this: deadlines are in its grants, and stay what shoppers were told.
    pub fn put_right(&mut self, round: &mut RoundReport) {
        // A line's moments never turn back, not even where a round is on record that a clock which jumped had decided.
        round.decided_at = round.decided_at.min(self.not_after).max(self.not_before);
        self.not_before = round.decided_at;
    }
}

#[cfg(test)]
mod tests {
    use sale::ids::EventId;
    use sale::record::Head;

    use super::*;

    const NOW_MS: u64 = 1_800_000_000_000;

    fn at(ms: u64) -> DateTime<Utc> {
        clock::to_utc(UnixMs(ms))
    }

    #[test]
    fn a_clock_that_jumps_is_followed_no_further_than_the_records_own_and_never_back() {
        let mut decided = Decided::after(Some(at(NOW_MS - 5_000)), at(NOW_MS));
        let mut taken = |ms: u64| {
            let event = EventId(uuid::Uuid::nil());
            let (outcomes, head) = (Vec::new(), Head::default());
            let mut round = RoundReport { event, epoch: 1, decided_at: UnixMs(ms), outcomes, head };
            decided.put_right(&mut round);
            round.decided_at.0
        };
        assert_eq!(taken(NOW_MS - 3_000), NOW_MS - 3_000, "as it says");
        assert_eq!(taken(NOW_MS - 90_000), NOW_MS - 3_000, "not before the one before");
        assert_eq!(taken(NOW_MS + 90_000), NOW_MS + 1_000, "not in a time to come");
        assert_eq!(taken(NOW_MS - 2_000), NOW_MS + 1_000);
        let mut first = Decided::after(None, at(NOW_MS));
        let mut round = RoundReport {
            event: EventId(uuid::Uuid::nil()),
            epoch: 1,
            decided_at: UnixMs(7),
            outcomes: Vec::new(),
            head: Head::default(),
        };
        first.put_right(&mut round);
        assert_eq!(round.decided_at, UnixMs(7), "one that was recorded late was decided when it says");
    }
}
