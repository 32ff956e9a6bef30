//! Committed rounds on their way into the record. Redis keeps each until it is recorded, so that whoever writes next can
//! announce it; while the record is long away, the newest 10,000 and whatever the broker has not confirmed.
//!
//! ```text
//! committed (in Redis) ─▶ announced ─▶ confirmed (by the broker) ─▶ recorded (in PostgreSQL): may be forgotten
//! ```

use std::ops::RangeInclusive;
use std::time::Duration;

use sale::ids::EventId;
use sqlx::PgPool;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

/// How often to look how far the record has come.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Rounds kept at most while the record is away; older ones are safe with the broker.
const KEPT_MAX: u64 = 10_000;
/// Rounds forgotten in one commit at most.
const FORGET_MAX: u64 = 500;
/// Looks in a row that found the record standing still behind what is confirmed, before all that is not
/// recorded is announced again; each time that did not help, twice as many, up to a limit.
const ANNOUNCE_AGAIN_AFTER: u32 = 10;
const ANNOUNCE_AGAIN_AFTER_MAX: u32 = 640;

/// How far the record has come, as last read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    /// The last round recorded.
    pub(crate) seq: u64,
    /// How often it has been read.
    pub(crate) reads: u64,
}

/// The rounds of one line that are not known to be recorded, by their numbers.
pub(crate) struct Outbox {
    committed: u64,
    /// Announced and confirmed through this round.
    confirmed: u64,
    /// The oldest round that Redis still keeps.
    kept_from: u64,
    recorded: watch::Receiver<Reading>,
    standstill: Standstill,
    _reader: Option<AbortOnDropHandle<()>>,
}

impl Outbox {
    /// Of a line that was taken over: everything committed has been announced and confirmed.
    pub(crate) fn new(pool: PgPool, event: EventId, committed: u64, recorded: u64) -> Self {
        let (tell, readings) = watch::channel(Reading { seq: recorded, reads: 0 });
        let reader = tokio::spawn(read_record(pool, event, tell));
        Self { _reader: Some(AbortOnDropHandle::new(reader)), ..Self::of(committed, readings) }
    }

    fn of(committed: u64, recorded: watch::Receiver<Reading>) -> Self {
        let kept_from = recorded.borrow().seq + 1;
        Self { committed, confirmed: committed, kept_from, recorded, standstill: Standstill::default(), _reader: None }
    }

    /// How far the record has come.
    pub(crate) fn recorded(&self) -> Reading {
        *self.recorded.borrow()
    }

    /// Rounds that need not be kept: recorded, or (when the record is long away) confirmed. May be empty.
    pub(crate) fn forgettable(&self) -> RangeInclusive<u64> {
        let through = self.recorded().seq.max(self.confirmed.saturating_sub(KEPT_MAX)).min(self.committed);
        let at_once = self.kept_from.saturating_add(FORGET_MAX) - 1;
        self.kept_from..=through.min(at_once).max(self.kept_from - 1)
    }

    /// A round was committed, and some were forgotten with it.
    pub(crate) fn committed(&mut self, seq: u64, forgotten: &RangeInclusive<u64>) {
        self.committed = seq;
        self.kept_from = self.kept_from.max(forgotten.end() + 1);
    }

    /// The announcement of a round was confirmed.
    pub(crate) fn confirmed(&mut self, seq: u64) {
        self.confirmed = seq;
    }

    /// Committed and not known to be recorded.
    pub(crate) fn len(&self) -> u64 {
        self.committed.saturating_sub(self.recorded().seq)
    }

    /// Committed and not confirmed.
    pub(crate) fn unconfirmed(&self) -> u64 {
        self.committed.saturating_sub(self.confirmed)
    }

    /// Judges another look at the record: whether it stands still for so long that all it lacks must be announced again.
    /// (Confirmed rounds may have been lost on the way, or wait for a record that is away.)
    pub(crate) fn announce_again(&mut self) -> bool {
        let Reading { seq, reads } = self.recorded();
        self.standstill.too_long(seq, reads, self.confirmed)
    }
}

async fn read_record(pool: PgPool, event: EventId, tell: watch::Sender<Reading>) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        // While PostgreSQL is away sales go on, and more rounds are kept.
        if let Ok(Some(seq)) = record::lines::recorded_seq(&pool, event).await {
            tell.send_modify(|last| *last = Reading { seq: last.seq.max(seq), reads: last.reads + 1 });
        }
    }
}

/// Whether the record stands still behind what is confirmed, and for how long.
#[derive(Default)]
pub(crate) struct Standstill {
    recorded: u64,
    reads: u64,
    looks: u32,
    patience: u32,
}

impl Standstill {
    /// Judges another look. One at which the record could not be read proves nothing: it may be moving.
    pub(crate) fn too_long(&mut self, recorded: u64, reads: u64, confirmed: u64) -> bool {
        if recorded >= confirmed || recorded != self.recorded {
            *self = Self { recorded, reads, looks: 0, patience: ANNOUNCE_AGAIN_AFTER };
            return false;
        }
        if std::mem::replace(&mut self.reads, reads) != reads {
            self.looks += 1;
        }
        let too_long = self.looks >= self.patience;
        if too_long {
            self.looks = 0;
            self.patience = (self.patience * 2).min(ANNOUNCE_AGAIN_AFTER_MAX);
        }
        too_long
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbox(committed: u64, recorded: u64) -> (watch::Sender<Reading>, Outbox) {
        let (tell, readings) = watch::channel(Reading { seq: recorded, reads: 0 });
        (tell, Outbox::of(committed, readings))
    }

    #[test]
    fn what_is_recorded_is_forgotten_a_bounded_number_at_a_time_and_once() {
        let (tell, mut outbox) = outbox(7, 4);
        assert!(outbox.forgettable().is_empty());
        outbox.committed(2_000, &outbox.forgettable());
        tell.send_modify(|last| last.seq = 1_000);
        assert_eq!(outbox.forgettable(), 5..=504);
        outbox.committed(2_001, &outbox.forgettable());
        assert_eq!(outbox.forgettable(), 505..=1_000);
        outbox.committed(2_002, &outbox.forgettable());
        assert!(outbox.forgettable().is_empty());
        assert_eq!((outbox.len(), outbox.unconfirmed()), (1_002, 1_995));
    }

    #[test]
    fn while_the_record_is_away_only_so_many_confirmed_rounds_are_kept() {
        let (_tell, mut outbox) = outbox(0, 0);
        outbox.committed(KEPT_MAX + 10, &outbox.forgettable());
        assert!(outbox.forgettable().is_empty(), "none is confirmed");
        outbox.confirmed(KEPT_MAX + 3);
        assert_eq!(outbox.forgettable(), 1..=3);
    }

    #[test]
    fn a_record_that_stands_still_is_told_again_ever_more_rarely() {
        let mut stands = Standstill::default();
        assert!(!stands.too_long(5, 1, 9), "it moved");
        let again: Vec<u64> = (2..=80).filter(|reads| stands.too_long(5, *reads, 9)).collect();
        assert_eq!(again, [11, 31, 71]);
        assert!(!stands.too_long(9, 81, 9));
        assert!((82..=200).all(|reads| !stands.too_long(9, reads, 9)), "nothing is behind");
    }

    #[test]
    fn a_record_that_cannot_be_read_is_not_known_to_stand_still() {
        let mut stands = Standstill::default();
        assert!((0..1_000).all(|look| !stands.too_long(5, 1, 9 + look)));
    }
}
