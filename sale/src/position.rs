//! How far a line has come, and what somebody who listens makes of news about it.

/// A point in the life of a line. The greater one is the newer: first by the writer, then by the inventory, then by the
/// round. (An incarnation never falls while epochs rise: whoever rebuilds an inventory has claimed the event for it.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Of the writer.
    pub epoch: u64,
    /// Of the inventory.
    pub incarnation: u64,
    /// The last round.
    pub seq: u64,
}

impl Position {
    /// Whether all that had come about by `other` is known here. Stricter than being newer: a copy that was put back may
    /// have a newer writer and lack rounds all the same.
    pub fn reaches(self, other: Self) -> bool {
        self.epoch >= other.epoch && self.incarnation >= other.incarnation && self.seq >= other.seq
    }
}

/// What a round is to somebody who has heard the ones before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Novelty {
    /// Not heard yet, nor missed any before it.
    New,
    /// Not heard yet, and rounds before it were missed.
    AfterAGap,
    /// Heard before; or of an inventory that was given up.
    Known,
}

/// What somebody has heard of a line: each round may come more than once, and writers that were replaced may go on
/// talking for a while.
#[derive(Clone, Copy, Debug, Default)]
pub struct Heard(Position);

impl Heard {
    /// Notes who speaks. False if a newer writer has spoken: what this one says does not count.
    pub fn note_writer(&mut self, epoch: u64) -> bool {
        let counts = epoch >= self.0.epoch;
        self.0.epoch = self.0.epoch.max(epoch);
        counts
    }

    /// Whether rounds have been heard that an inventory lacks which has come this far: then it was put back. Its writer says
    /// nothing about that.
    pub fn is_beyond(&self, inventory: Position) -> bool {
        (self.0.incarnation, self.0.seq) > (inventory.incarnation, inventory.seq)
    }

    /// Notes a round.
    pub fn note_round(&mut self, incarnation: u64, seq: u64) -> Novelty {
        let before = (self.0.incarnation, self.0.seq);
        if (incarnation, seq) <= before {
            return Novelty::Known;
        }
        (self.0.incarnation, self.0.seq) = (incarnation, seq);
        if incarnation == before.0 && seq > before.1 + 1 { Novelty::AfterAGap } else { Novelty::New }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_writer_does_not_count() {
        let mut heard = Heard::default();
        assert!(heard.note_writer(3));
        assert!(!heard.note_writer(2));
        assert!(heard.note_writer(3));
    }

    #[test]
    fn a_round_is_new_once_and_numbers_go_on_after_a_rebuild() {
        let mut heard = Heard::default();
        assert_eq!((heard.note_round(1, 1), heard.note_round(1, 2)), (Novelty::New, Novelty::New));
        assert_eq!((heard.note_round(1, 2), heard.note_round(1, 1)), (Novelty::Known, Novelty::Known));
        assert_eq!(heard.note_round(2, 2), Novelty::New, "decided anew after a rebuild");
        assert_eq!(heard.note_round(1, 9), Novelty::Known, "of the inventory that was given up");
        assert_eq!(heard.note_round(2, 4), Novelty::AfterAGap, "round 3 was not heard");
    }

    #[test]
    fn a_newer_position_need_not_reach_as_far() {
        let at = |epoch, incarnation, seq| Position { epoch, incarnation, seq };
        assert!(at(2, 1, 8) > at(1, 1, 9) && !at(2, 1, 8).reaches(at(1, 1, 9)));
        assert!(at(2, 2, 9).reaches(at(2, 1, 9)) && !at(1, 1, 9).reaches(at(2, 1, 9)));
    }

    #[test]
    fn an_inventory_that_lacks_what_was_heard_was_put_back_whoever_writes_it() {
        let mut heard = Heard::default();
        let at = |epoch, incarnation, seq| Position { epoch, incarnation, seq };
        assert!(!heard.is_beyond(Position::default()), "nothing was heard");
        heard.note_writer(3);
        heard.note_round(2, 7);
        for whole in [at(2, 2, 7), at(3, 2, 8), at(4, 3, 5)] {
            assert!(!heard.is_beyond(whole), "{whole:?}");
        }
        for put_back in [at(3, 2, 6), at(4, 2, 6), at(3, 1, 9)] {
            assert!(heard.is_beyond(put_back), "{put_back:?}");
        }
    }
}
