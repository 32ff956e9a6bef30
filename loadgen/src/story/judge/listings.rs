//! A listing says what is: as the organiser left it, and as the line has it.

use std::time::Duration;

use crate::story::told::Told;
use crate::story::told::{left_of, reads};
use crate::story::transcript::About;

/// So long after a change a broadcast has it.
const BROADCAST_WITHIN: Duration = Duration::from_secs(3);

pub(super) fn check(told: &Told) -> Vec<String> {
    let mut violations = Vec::new();
    for sentence in told.sentences.iter().filter(|told| told.about == About::Progress) {
        let latest = told.reads.iter().rfind(|(since, _)| *since <= sentence.heard);
        let Some((since, reads)) = latest.filter(|(since, _)| *since + BROADCAST_WITHIN < sentence.heard) else {
            continue;
        };
        let said = sentence.said["status"].as_str().unwrap_or("nothing");
        if *reads != "either" && said != *reads {
            violations.push(format!(
                "{:?} says {said}, {:?} after the sale was {reads}",
                sentence.via,
                sentence.heard - *since
            ));
        }
    }
    for sentence in &told.sentences {
        let About::Listing { status, left } = &sentence.about else { continue };
        let said = reads(&sentence.said, sentence.status.unwrap_or(0));
        if said != *status {
            violations.push(format!("{:?} says {said}, and the sale is {status}", sentence.via));
        }
        let told_left = left_of(&sentence.said);
        if let Some(left) = left.as_ref().filter(|left| **left != told_left) {
            violations.push(format!("{:?} says {told_left:?} left, and {left:?} are", sentence.via));
        }
        let items = sentence.said["items"].as_array().map(Vec::as_slice).unwrap_or_default();
        if items.iter().any(|item| item["sold_out"] == true && item["left"].as_u64() > Some(0)) {
            violations.push(format!("{:?} says sold out, with some left", sentence.via));
        }
    }
    violations
}
