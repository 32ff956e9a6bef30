//! What each shopper has in a line that is not answered yet: bounded, so that nobody fills a line that stands still.

use std::collections::{HashMap, VecDeque};

use sale::ids::ShopperId;

/// The attempts of one line that are not known to be answered, in their order.
#[derive(Debug, Default)]
pub(super) struct Undecided {
    /// By their number among this door's attempts of the line.
    order: VecDeque<(u64, ShopperId)>,
    of: HashMap<ShopperId, u32>,
}

impl Undecided {
    /// The first `served` of this door's attempts are answered.
    pub(super) fn answered(&mut self, served: u64) {
        while let Some((_, answered)) = self.order.pop_front_if(|(number, _)| *number <= served) {
            if let Some(count) = self.of.get_mut(&answered) {
                *count -= 1;
                if *count == 0 {
                    self.of.remove(&answered);
                }
            }
        }
    }

    /// How many a shopper has.
    pub(super) fn of(&self, shopper: ShopperId) -> u32 {
        self.of.get(&shopper).copied().unwrap_or(0)
    }

    /// Adds one, as the `number`th of this door's attempts.
    pub(super) fn add(&mut self, shopper: ShopperId, number: u64) {
        self.order.push_back((number, shopper));
        *self.of.entry(shopper).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn what_is_answered_counts_no_more() {
        let shopper = |number| ShopperId(Uuid::from_u128(number));
        let mut undecided = Undecided::default();
        for number in 1..=6 {
            undecided.add(shopper(u128::from(number % 2)), number);
        }
        let both = |undecided: &Undecided| (undecided.of(shopper(0)), undecided.of(shopper(1)));
        assert_eq!(both(&undecided), (3, 3));
        undecided.answered(3);
        assert_eq!(both(&undecided), (2, 1));
        undecided.answered(6);
        assert_eq!((both(&undecided), undecided.of.len(), undecided.order.len()), ((0, 0), 0, 0));
    }
}
