//! What people were told in a story, for the judges.

use std::time::Duration;

use sale::rules::SaleRules;
use serde_json::Value;
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
    pub(super) fn about(&self, attempt: Uuid) -> impl Iterator<Item = &Sentence> {
        self.sentences.iter().filter(move |told| told.about == About::Attempt(attempt))
    }
}

/// The status in a listing; a draft is not listed.
pub(super) fn reads(listing: &Value, status: u16) -> &str {
    if status == 404 { "draft" } else { listing["status"].as_str().unwrap_or("nothing") }
}

/// The units left in a listing.
pub(super) fn left_of(listing: &Value) -> Vec<u32> {
    let items = listing["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().map(|item| item["left"].as_u64().and_then(|left| u32::try_from(left).ok()).unwrap_or(0)).collect()
}
