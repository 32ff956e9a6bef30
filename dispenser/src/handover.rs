//! Handing a line over to the process that is to serve it: when, and other reasons to stop in good order.

/// Looks that found another process first in rank, before the line is handed over.
const HAND_OVER_AFTER: u32 = 4;

/// Why a writer stopped in good order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The process shuts down, or the event is no longer its share.
    ToldToLeave,
    /// The organiser paused the sale.
    Paused,
    /// Another process is first in rank for this event.
    HandedOver,
}

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
