//! The judges: each holds what people were told against one promise.

mod answers;
mod constancy;
mod edits;
mod identity;
mod listings;
mod refunds;

use testbed::verify::Promise;

use super::told::Told;

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
