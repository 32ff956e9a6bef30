//! What is counted for the attempts of a round: which counts to read, and what was read.

use std::collections::HashSet;
use std::hash::Hash;

use sale::answer::Answer;
use sale::command::Command;
use sale::ids::{ItemNo, ShopperId};
use sale::provenance::{Party, Provenance};
use sale::record::Record;
use sale::time::LineMs;
use sale::{Counted, ReadSet};

use crate::stored::{count_field, party_member};

/// Whose counts a round needs, each once.
#[derive(Default)]
pub(super) struct Tallied {
    pub(super) shoppers: Vec<ShopperId>,
    /// Where the sale keeps units from being hoarded, or counts the uses of codes.
    counted: Vec<Counted>,
    parties: Vec<Party>,
}

impl Tallied {
    pub(super) fn of(commands: &[Command]) -> Self {
        let attempts = commands.iter().filter_map(Command::attempt);
        Self::from(attempts.map(|(attempt, provenance)| (attempt.shopper, attempt.item, provenance)))
    }

    pub(super) fn of_drawn(drawn: &[Record]) -> Self {
        let entries = drawn.iter().filter_map(|record| match record.answer {
            Answer::Entered { item, .. } => Some((record.shopper, item, record.provenance)),
            _ => None,
        });
        Self::from(entries)
    }

    fn from(attempts: impl Iterator<Item = (ShopperId, ItemNo, Provenance)> + Clone) -> Self {
        let known = attempts.clone().filter(|(.., provenance)| !provenance.is_unknown());
        Self {
            shoppers: once_each(attempts.map(|(shopper, ..)| shopper)),
            counted: once_each(known.clone().flat_map(|(shopper, item, from)| Counted::of(shopper, item, from))),
            parties: once_each(known.flat_map(|(shopper, _, from)| Party::answering(shopper, from))),
        }
    }

    /// The fields of the hash of counts.
    pub(super) fn fields(&self) -> Vec<Vec<u8>> {
        let shoppers = self.shoppers.iter().map(|shopper| shopper.0.as_bytes().to_vec());
        shoppers.chain(self.counted.iter().map(|counted| count_field(*counted))).collect()
    }

    /// Those whose reservations may have come to nothing.
    pub(super) fn members(&self) -> Vec<Vec<u8>> {
        self.parties.iter().map(|party| party_member(*party)).collect()
    }

    /// Puts into a read set what these fields were found to hold.
    pub(super) fn take(&self, read: &mut ReadSet, found: Vec<Option<Vec<u8>>>) {
        let number = |text: Option<Vec<u8>>| std::str::from_utf8(&text?).ok()?.parse::<i64>().ok();
        let mut numbers = found.into_iter().map(|text| number(text).unwrap_or(0));
        for (shopper, units) in self.shoppers.iter().zip(numbers.by_ref()) {
            read.holdings.insert(*shopper, u32::try_from(units).unwrap_or(0));
        }
        read.counts.extend(self.counted.iter().copied().zip(numbers));
    }

    /// Puts into it when their reservations came to nothing last.
    pub(super) fn take_times(&self, read: &mut ReadSet, found: Vec<Option<Vec<u8>>>) {
        let number = |text: Option<Vec<u8>>| std::str::from_utf8(&text?).ok()?.parse::<f64>().ok();
        for (party, at) in self.parties.iter().zip(found) {
            // Exact: milliseconds since 1970 are below 2^53.
            read.ran_out_at.insert(*party, LineMs(number(at).unwrap_or(0.0) as u64));
        }
    }
}

fn once_each<T: Copy + Eq + Hash>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut seen = HashSet::with_capacity(all.size_hint().0);
    all.filter(|one| seen.insert(*one)).collect()
}
