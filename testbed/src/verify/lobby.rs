//! The lobby, replayed.

use std::collections::{HashMap, HashSet};

use sale::answer::{Answer, Change, News, Outcome};
use sale::ids::AttemptId;

/// What the journal says of a lobby.
#[derive(Default)]
pub(super) struct Lobby {
    /// All entries, with what was said to them; those that were withdrawn too.
    pub(super) entered: HashMap<AttemptId, Answer>,
    /// Those that are yet to be drawn.
    pub(super) left: HashSet<AttemptId>,
    /// In the order in which they were decided.
    pub(super) drawn: Vec<AttemptId>,
    /// Answered otherwise, while entries were still to be drawn.
    pub(super) between: Vec<AttemptId>,
}

impl Lobby {
    /// Follows an outcome, and makes one of an entry that was drawn what it is of an attempt. Whether it is one of an attempt.
    pub(super) fn follow(&mut self, outcome: &mut Outcome) -> bool {
        let id = outcome.attempt;
        match &outcome.news {
            News::Answer(answer @ Answer::Entered { .. }) => {
                self.entered.insert(id, answer.clone());
                self.left.insert(id);
                return false;
            }
            News::Change(Change::Drawn(answer, _)) => {
                self.left.remove(&id);
                self.drawn.push(id);
                outcome.news = News::Answer(answer.clone());
            }
            News::Change(Change::Cancelled(_)) => drop(self.left.remove(&id)),
            News::Answer(
                Answer::Reserved(_) | Answer::Standby { .. } | Answer::Behind { .. } | Answer::SoldOut { .. },
            ) if !self.left.is_empty() => {
                self.between.push(id);
            }
            _ => {}
        }
        true
    }
}
