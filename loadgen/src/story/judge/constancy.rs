//! An answer is given once, and what follows it follows from it; a key that is used for something else is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::story::told::{Attempted, Told};
use crate::story::transcript::{About, Sentence, Via, short};

/// A new socket may say what it read just before an answer came.
const AT_THE_SAME_TIME: Duration = Duration::from_millis(500);

pub(super) fn check(told: &Told) -> Vec<String> {
    let mut violations = Vec::new();
    for attempt in told.attempts.iter().map(|attempt| attempt.id) {
        let name = short(attempt);
        let said = |part: &str| -> BTreeSet<&str> {
            told.about(attempt).filter(|told| told.is_good()).filter_map(|told| told.said[part].as_str()).collect()
        };
        let answers = said("answer");
        if answers.len() > 1 {
            violations.push(format!("{name} was answered {answers:?}"));
        }
        let refusals: BTreeSet<&str> = told
            .about(attempt)
            .filter(|told| told.state() == Some("refused"))
            .filter_map(|told| told.said["reason"].as_str())
            .collect();
        if refusals.len() > 1 {
            violations.push(format!("{name} was refused for {refusals:?}"));
        }
        let mut decided: Option<&Sentence> = None;
        let mut ways: BTreeMap<usize, &str> = BTreeMap::new();
        for sentence in told.about(attempt) {
            let Some(state) = sentence.state() else { continue };
            let begun = match sentence.via {
                Via::Door(_) => sentence.asked,
                Via::Socket(_) => sentence.asked.saturating_sub(AT_THE_SAME_TIME),
            };
            if let Some(before) = decided.filter(|before| state == "in_line" && before.heard < begun) {
                let before = before.state().unwrap_or_default();
                violations.push(format!("{name} was {before}, and then in_line again, to {:?}", sentence.via));
            }
            if state != "in_line" {
                decided.get_or_insert(sentence);
            }
            // Doors are asked one after the other; each socket tells in its own order.
            let way = match sentence.via {
                Via::Door(_) => 0,
                Via::Socket(socket) => socket + 1,
            };
            if let Some(before) = ways.insert(way, state).filter(|before| !follows(before, state, told.cleared)) {
                violations.push(format!("{name} was {before}, and then {state}, to {:?}", sentence.via));
            }
        }
    }
    violations.dedup();
    violations
}

/// Whether a state may be told after another, with what lies between left out.
fn follows(before: &str, now: &str, cleared: bool) -> bool {
    before == now
        || match before {
            "in_line" => true,
            "standby" => matches!(now, "reserved" | "confirmed" | "expired" | "cancelled" | "standby_ended"),
            "reserved" => matches!(now, "confirmed" | "expired" | "cancelled"),
            "confirmed" => now == "cancelled",
            "refused" | "sold_out" => cleared && now == "closed",
            _ => false,
        }
}

pub(super) fn keys(told: &Told) -> Vec<String> {
    let mut violations = Vec::new();
    let mut firsts: BTreeMap<(usize, usize), &Attempted> = BTreeMap::new();
    for attempt in &told.attempts {
        let first = *firsts.entry((attempt.shopper, attempt.key)).or_insert(attempt);
        let is_first = first.id == attempt.id;
        for sentence in told.about(attempt.id).filter(|told| told.said["answer"].is_string()) {
            let reused = sentence.said["answer"] == "refused" && sentence.said["reason"] == "key_reused";
            let answer = sentence.said["answer"].as_str().unwrap_or_default();
            if is_first && reused {
                violations.push(format!("{} came first, and was refused its key", short(attempt.id)));
            } else if !is_first && !reused && sentence.said["state"] == sentence.said["answer"] {
                violations.push(format!("{} came second, and was answered {answer}", short(attempt.id)));
            }
        }
    }
    for sentence in &told.sentences {
        let About::Click { key, wish } = &sentence.about else { continue };
        let crate::story::transcript::To::Shopper(shopper) = sentence.to else { continue };
        let same = firsts.get(&(shopper, *key)).filter(|first| first.wish == *wish);
        if let Some(first) = same.filter(|_| sentence.problem() == Some("key_reused")) {
            violations.push(format!("{} was clicked again, and refused its own key", short(first.id)));
        }
    }
    violations.dedup();
    violations
}
