//! What each shopper has in a line that is not answered yet: bounded, so that nobody fills a line that stands still.

use std::collections::{HashMap, VecDeque};

use sale::ids::{AttemptId, ShopperId};

/// The attempts of one line that are not known to be answered.
#[derive(Debug, Default)]
pub(super) struct Undecided {
    /// As often as they were sent, by their number among all that this door sent to the line.
    order: VecDeque<(u64, ShopperId, AttemptId)>,
    of: HashMap<ShopperId, Vec<Waiting>>,
}

/// An attempt that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    attempt: AttemptId,
    /// How often it was sent.
    pub(super) sent: u32,
    /// It is in the line for good.
    pub(super) in_line: bool,
}

impl Undecided {
    /// The first `served` of what this door sent are answered.
    pub(super) fn answered(&mut self, served: u64) {
        while let Some((_, shopper, attempt)) = self.order.pop_front_if(|(number, ..)| *number <= served) {
            self.forget(shopper, attempt);
        }
    }

    /// How many a shopper has besides this one, and how this one waits, if it does.
    pub(super) fn of(&self, shopper: ShopperId, attempt: AttemptId) -> (usize, Option<Waiting>) {
        let theirs = self.of.get(&shopper).map(Vec::as_slice).unwrap_or_default();
        let this = theirs.iter().find(|waiting| waiting.attempt == attempt).copied();
        (theirs.len() - usize::from(this.is_some()), this)
    }

    /// It was sent, as the `number`th of this door.
    pub(super) fn add(&mut self, shopper: ShopperId, attempt: AttemptId, number: u64) {
        self.order.push_back((number, shopper, attempt));
        let theirs = self.of.entry(shopper).or_default();
        match theirs.iter_mut().find(|waiting| waiting.attempt == attempt) {
            Some(waiting) => waiting.sent += 1,
            None => theirs.push(Waiting { attempt, sent: 1, in_line: false }),
        }
    }

    /// These are in the line for good.
    pub(super) fn confirm(&mut self, attempts: &[(ShopperId, AttemptId)]) {
        for (shopper, attempt) in attempts {
            let theirs = self.of.get_mut(shopper).into_iter().flatten();
            theirs.filter(|waiting| waiting.attempt == *attempt).for_each(|waiting| waiting.in_line = true);
        }
    }

    /// One time that it was sent counts no more.
    pub(super) fn forget(&mut self, shopper: ShopperId, attempt: AttemptId) {
        let Some(theirs) = self.of.get_mut(&shopper) else { return };
        theirs.retain_mut(|waiting| {
            waiting.sent -= u32::from(waiting.attempt == attempt);
            waiting.sent > 0
        });
        if theirs.is_empty() {
            self.of.remove(&shopper);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn shopper(number: u128) -> ShopperId {
        ShopperId(Uuid::from_u128(number))
    }

    fn attempt(number: u128) -> AttemptId {
        AttemptId(Uuid::from_u128(number))
    }

    #[test]
    fn what_is_answered_counts_no_more() {
        let mut undecided = Undecided::default();
        for number in 1..=6 {
            undecided.add(shopper(u128::from(number % 2)), attempt(number.into()), number);
        }
        let both = |undecided: &Undecided| [0, 1].map(|who| undecided.of(shopper(who), attempt(99)).0);
        assert_eq!(both(&undecided), [3, 3]);
        undecided.answered(3);
        assert_eq!(both(&undecided), [2, 1]);
        undecided.answered(6);
        assert_eq!((both(&undecided), undecided.of.len(), undecided.order.len()), ([0, 0], 0, 0));
    }

    #[test]
    fn an_attempt_that_is_sent_again_is_no_other_attempt() {
        let mut undecided = Undecided::default();
        for (number, again) in [(1, 7), (2, 7), (3, 8)] {
            undecided.add(shopper(1), attempt(again), number);
        }
        let waits = |sent, in_line| Some(Waiting { attempt: attempt(7), sent, in_line });
        assert_eq!(undecided.of(shopper(1), attempt(7)), (1, waits(2, false)));
        assert_eq!(undecided.of(shopper(2), attempt(7)), (0, None));
        undecided.confirm(&[(shopper(1), attempt(7)), (shopper(3), attempt(7))]);
        undecided.forget(shopper(1), attempt(7));
        assert_eq!(undecided.of(shopper(1), attempt(7)), (1, waits(1, true)));
        undecided.answered(1);
        assert_eq!(undecided.of(shopper(1), attempt(7)), (1, None));
    }
}
