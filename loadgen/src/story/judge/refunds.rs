//! A refund says whether the units return: then they do, and else they do not.

use crate::story::told::Told;
use crate::story::transcript::{About, short};

pub(super) fn check(told: &Told) -> Vec<String> {
    let mut violations = Vec::new();
    for sentence in &told.sentences {
        let About::Refund { attempt, put_back } = sentence.about else { continue };
        let name = short(attempt);
        let last = told.about(attempt).filter_map(|told| told.state()).last().unwrap_or("nothing");
        if !sentence.is_good() {
            if sentence.problem() == Some("invalid") {
                violations.push(format!("{name}: a refund that puts back is not understood"));
            }
        } else if put_back && last != "cancelled" {
            violations.push(format!("{name} was put back, and is {last}"));
        } else if !put_back && last != "confirmed" {
            violations.push(format!("{name} was refunded and not put back, and is {last}"));
        }
    }
    violations
}
