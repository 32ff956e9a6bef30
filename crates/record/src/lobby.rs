//! The lobby of an event, as its journal tells it: entries have no rows of their own.

use std::collections::HashMap;

use sale::answer::{Change, News};
use sale::ids::AttemptId;
use sale::provenance::Provenance;
use sale::record::{Record, State};
use sale::report::RoundReport;

/// The entries that were not drawn yet, as some rounds leave them.
#[derive(Debug, Default)]
pub struct Entries(HashMap<AttemptId, Record>);

impl Entries {
    /// Follows a round. Rounds come in order. Gives back the attempts that it leaves without stock.
    pub fn follow(&mut self, report: RoundReport) -> Vec<Record> {
        let mut closed = Vec::new();
        for outcome in report.outcomes {
            let attempt = outcome.attempt;
            let (answer, provenance) = match outcome.news {
                News::Answer(answer) => (answer, Provenance::default()),
                News::AnswerTo(answer, provenance) | News::Change(Change::Drawn(answer, provenance)) => {
                    (answer, provenance)
                }
                News::Change(change) => {
                    if let (Change::Cancelled(_), Some(entry)) = (&change, self.0.get_mut(&attempt)) {
                        entry.apply(&change);
                    }
                    continue;
                }
            };
            let record = Record { provenance, ..Record::new(attempt, outcome.shopper, answer) };
            match record.state {
                State::Entered => drop(self.0.insert(attempt, record)),
                State::Closed => {
                    self.0.remove(&attempt);
                    closed.push(record);
                }
                _ => drop(self.0.remove(&attempt)),
            }
        }
        closed
    }

    /// Those that are in the lobby.
    pub fn entered(&self) -> impl Iterator<Item = AttemptId> {
        self.0.iter().filter(|(_, entry)| entry.state == State::Entered).map(|(attempt, _)| *attempt)
    }

    /// What is known of those that were not drawn: in the lobby, or withdrawn.
    pub fn left(self) -> Vec<Record> {
        self.0.into_values().collect()
    }
}
