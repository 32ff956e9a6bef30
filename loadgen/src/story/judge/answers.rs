//! Every 202 has its answer in the end, at every door and on a new socket.

use crate::story::script::DOORS;
use crate::story::told::Told;
use crate::story::transcript::{Sentence, Via, short};

pub(super) fn check(told: &Told) -> Vec<String> {
    let mut violations = Vec::new();
    for attempt in &told.attempts {
        let mut last_of = |who: String, from: &dyn Fn(&Via) -> bool| {
            let last = told.about(attempt.id).filter(|told| from(&told.via)).last();
            let said = match last {
                None => Some("nothing".to_owned()),
                Some(said) if !said.is_good() => Some(format!("{:?} {}", said.status, said.problem().unwrap_or("?"))),
                Some(said) if !is_answer(said, told.cleared) => Some(format!("{:?} without an answer", said.state())),
                Some(_) => None,
            };
            violations.extend(said.map(|said| format!("{} hears {said} from {who}", short(attempt.id))));
        };
        for door in 0..DOORS {
            last_of(format!("door {door}"), &|via| *via == Via::Door(door));
        }
        last_of("a socket".to_owned(), &|via| matches!(via, Via::Socket(_)));
    }
    violations
}

/// A change that was pushed says nothing of the answer: that was told before.
fn is_answer(told: &Sentence, cleared: bool) -> bool {
    if cleared && told.state() == Some("closed") {
        return true;
    }
    let pushed = matches!(told.via, Via::Socket(_));
    told.state().is_some_and(|state| state != "in_line") && (pushed || told.said["answer"].is_string())
}
