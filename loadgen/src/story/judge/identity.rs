//! Who renews a session stays who they are, and has what they had.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::story::step::name;
use crate::story::told::Told;
use crate::story::transcript::{About, To, short};

/// The list comes from the record, which follows the line.
const RECORDED_WITHIN: Duration = Duration::from_secs(2);

pub(super) fn check(told: &Told) -> Vec<String> {
    let mut violations = Vec::new();
    for sentence in &told.sentences {
        let To::Shopper(shopper) = sentence.to else { continue };
        match sentence.about {
            About::Renewal { shopper_id } if !sentence.is_good() => {
                let (status, kind) = (sentence.status.unwrap_or(0), sentence.problem().unwrap_or("?"));
                violations.push(format!("{} ({}) could not renew: {status} {kind}", name(shopper), short(shopper_id)));
            }
            About::Renewal { shopper_id } if sentence.said["shopper_id"].as_str() != Some(&shopper_id.to_string()) => {
                violations.push(format!("{} became {}", name(shopper), sentence.said["shopper_id"]));
            }
            About::Mine if sentence.is_good() => {
                let listed: BTreeSet<&str> = sentence.said["reservations"]
                    .as_array()
                    .map_or(&[][..], Vec::as_slice)
                    .iter()
                    .filter_map(|reservation| reservation["attempt_id"].as_str())
                    .collect();
                for attempt in told.attempts.iter().filter(|attempt| attempt.shopper == shopper) {
                    let had = told.about(attempt.id).any(|told| {
                        let answer = told.said["answer"].as_str();
                        told.heard + RECORDED_WITHIN < sentence.asked && matches!(answer, Some("reserved" | "standby"))
                    });
                    if had && !listed.contains(attempt.id.to_string().as_str()) {
                        violations.push(format!("{} misses {}", name(shopper), short(attempt.id)));
                    }
                }
            }
            _ => {}
        }
    }
    violations.sort_unstable();
    violations.dedup();
    violations
}
