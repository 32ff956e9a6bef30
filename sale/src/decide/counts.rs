//! What is counted beside the units of shoppers, and how a round changes it.

use std::collections::HashMap;

use crate::counted::Counted;
use crate::provenance::Party;
use crate::time::LineMs;

/// Changes of counts; and times.
type Changes = (Vec<(Counted, i64)>, Vec<(Party, LineMs)>);

/// Counts as they were read, overlaid with what a round changes.
#[derive(Default)]
pub(super) struct Counts {
    read: HashMap<Counted, i64>,
    changes: HashMap<Counted, i64>,
    /// Those with changes, in the order of their first.
    changed: Vec<Counted>,
    /// When a reservation of a party ran out last, as it was read, or as this round knows better.
    ran_out_at: HashMap<Party, LineMs>,
    ran_out_now: Vec<Party>,
}

impl Counts {
    pub(super) fn new(read: HashMap<Counted, i64>, ran_out_at: HashMap<Party, LineMs>) -> Self {
        Self { read, ran_out_at, ..Self::default() }
    }

    pub(super) fn of(&self, counted: Counted) -> i64 {
        let count = |counts: &HashMap<Counted, i64>| counts.get(&counted).copied().unwrap_or(0);
        count(&self.read) + count(&self.changes)
    }

    pub(super) fn add(&mut self, counted: Counted, count: i64) {
        *self.changes.entry(counted).or_insert_with(|| {
            self.changed.push(counted);
            0
        }) += count;
    }

    /// A reservation of a party ran out at a time.
    pub(super) fn ran_out(&mut self, party: Party, at: LineMs) {
        self.add(Counted::RunOuts(party), 1);
        let last = self.ran_out_at.entry(party).or_default();
        *last = at.max(*last);
        self.ran_out_now.push(party);
    }

    pub(super) fn ran_out_at(&self, party: Party) -> LineMs {
        self.ran_out_at.get(&party).copied().unwrap_or_default()
    }

    /// What changed on balance, none by zero; and when reservations ran out last, of the parties of whom some did.
    pub(super) fn into_changes(self) -> Changes {
        let changes = self.changed.into_iter().filter_map(|counted| Some((counted, *self.changes.get(&counted)?)));
        let last = self.ran_out_now.into_iter().filter_map(|party| Some((party, *self.ran_out_at.get(&party)?)));
        (changes.filter(|(_, count)| *count != 0).collect(), last.collect())
    }
}
