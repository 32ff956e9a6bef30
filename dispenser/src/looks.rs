//! What a writer concludes from one look a second at the roster and the record.

/// Looks that found another process first in rank, before the line is handed over.
const HAND_OVER_AFTER: u32 = 4;
/// Looks in a row that found the record standing still behind what is confirmed, before all that is not
/// recorded is announced again; each time that did not help, twice as many, up to a limit.
const ANNOUNCE_AGAIN_AFTER: u32 = 10;
const ANNOUNCE_AGAIN_AFTER_MAX: u32 = 640;

/// Whether another process is to serve this line, and for how long.
#[derive(Default)]
pub(crate) struct Outranked {
    reads: u64,
    looks: u32,
}

impl Outranked {
    /// Judges another look. While the record cannot be read, nobody could claim the line: it stays where it is.
    pub(crate) fn long_enough(&mut self, my_rank: usize, reads: u64) -> bool {
        let readable = std::mem::replace(&mut self.reads, reads) != reads;
        if my_rank == 0 {
            self.looks = 0;
        } else if readable {
            self.looks += 1;
        }
        readable && self.looks >= HAND_OVER_AFTER
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
    fn a_line_is_handed_over_to_a_better_rank_but_not_while_the_record_is_away() {
        let mut outranked = Outranked::default();
        let handed: Vec<u64> = (1..=4).filter(|reads| outranked.long_enough(1, *reads)).collect();
        assert_eq!(handed, [4]);
        assert!(!outranked.long_enough(1, 4), "no word of the record");
        assert!(outranked.long_enough(1, 5));
        assert!(!outranked.long_enough(0, 6), "first again");
        assert!((7..10).all(|reads| !outranked.long_enough(2, reads)), "looks start over");
    }

    #[test]
    fn a_record_that_cannot_be_read_is_not_known_to_stand_still() {
        let mut stands = Standstill::default();
        assert!((0..1_000).all(|look| !stands.too_long(5, 1, 9 + look)));
    }
}
