//! How many units a sale ever granted: the line counts only those that are held or sold.

use sale::answer::{Answer, Change, News};
use sale::report::RoundReport;

/// Units that a sale ever granted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Granted(pub u64);

impl Granted {
    /// After a round.
    pub(crate) fn and(self, report: &RoundReport) -> Self {
        let granted = report.outcomes.iter().map(|outcome| match &outcome.news {
            News::Answer(Answer::Reserved(grant)) | News::AnswerTo(Answer::Reserved(grant), _) => grant.quantity,
            News::Change(Change::Granted(grant) | Change::Drawn(Answer::Reserved(grant), _)) => grant.quantity,
            News::Answer(_) | News::AnswerTo(..) | News::Change(_) => 0,
        });
        Self(granted.fold(self.0, |sum, units| sum.saturating_add(units.into())))
    }
}
