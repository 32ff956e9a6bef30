//! The judges: each holds what people were told against one promise.

mod answers;
mod constancy;
mod edits;
mod identity;
mod listings;
mod refunds;

use std::time::Duration;

use sale::rules::SaleRules;
use testbed::verify::Promise;
use uuid::Uuid;

use super::step::Wish;
use super::transcript::{About, Sentence};

/// Everything that was told in a story, and the sale as it stands after it.
pub(super) struct Told {
    pub(super) sentences: Vec<Sentence>,
    /// Every attempt that got a 202, each once: whose, with which key, for what; in the order of the clicks of each.
    pub(super) attempts: Vec<Attempted>,
    /// What the sale should have read since when, on the story's stopwatch.
    pub(super) reads: Vec<(Duration, &'static str)>,
    pub(super) rules: SaleRules,
    /// A week after nothing was owed any more, what left nothing in the record reads closed.
    pub(super) cleared: bool,
}

/// An attempt that got a 202.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempted {
    pub(super) id: Uuid,
    pub(super) shopper: usize,
    pub(super) key: usize,
    pub(super) wish: Wish,
}

impl Told {
    /// What was told about an attempt, in the order in which it came.
    fn about(&self, attempt: Uuid) -> impl Iterator<Item = &Sentence> {
        self.sentences.iter().filter(move |told| told.about == About::Attempt(attempt))
    }
}

/// What becomes of each promise.
pub(super) fn all(told: &Told) -> Vec<Promise> {
    let attempts = format!("{} attempts", told.attempts.len());
    let sentences = format!("{} sentences", told.sentences.len());
    vec![
        Promise::of(
            "in the end everybody is told their answer, by door and socket",
            attempts.clone(),
            answers::check(told),
        ),
        Promise::of("an answer never turns back or changes", sentences.clone(), constancy::check(told)),
        Promise::of("a key reused is refused, and the first stays", attempts, constancy::keys(told)),
        Promise::of("a refund puts back what it says", sentences.clone(), refunds::check(told)),
        Promise::of("a session renewed is the same shopper's", sentences.clone(), identity::check(told)),
        Promise::of("an old copy undoes nothing", sentences.clone(), edits::check(told)),
        Promise::of("listings say what is", sentences, listings::check(told)),
    ]
}
