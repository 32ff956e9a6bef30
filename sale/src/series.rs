//! Sales that are one series: no shopper has more units in all of them together than the series says.
//!
//! What one shopper has is what counts in a sale of its own ([`Record::counts_for_shopper`](crate::record::Record::counts_for_shopper)):
//! units that they hold, bought or wait for. Each sale has its own line, and knows of the others only what they claimed: a
//! claim is durable before the round that takes the units is committed ([`claims`]), and ends once it is recorded that the
//! attempt has nothing any more ([`ended`]). So what is claimed is never less than what is had.

use std::collections::{HashMap, HashSet};

use crate::answer::{Answer, Change, News, Outcome};
use crate::ids::{AttemptId, SeriesId, ShopperId};

/// A series, as the rules of its sales know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// Which.
    pub id: SeriesId,
    /// What it is called.
    pub name: String,
    /// Units one shopper may hold, have bought or be waiting for in all its sales together.
    pub per_shopper_max: u32,
}

/// What a round must know of the other sales of its series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Elsewhere {
    /// Units one shopper may have in all sales of the series together.
    pub per_shopper_max: u32,
    /// Units that shoppers have claimed in the other sales; who is absent has none.
    pub claimed: HashMap<ShopperId, u32>,
}

/// Units that an attempt takes of what its shopper may have in a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Which attempt. It claims once.
    pub attempt: AttemptId,
    /// Whose.
    pub shopper: ShopperId,
    /// How many.
    pub units: u32,
}

/// What a round takes: of those that it gives units or a place. Who is granted something from standby has claimed it before.
pub fn claims(outcomes: &[Outcome]) -> Vec<Claim> {
    let claim = |outcome: &Outcome| {
        let units = match answer(&outcome.news)? {
            Answer::Reserved(grant) => grant.quantity,
            Answer::Standby { quantity, .. } | Answer::Behind { quantity, .. } => *quantity,
            Answer::SoldOut { .. } | Answer::Refused(_) | Answer::Entered { .. } => return None,
        };
        Some(Claim { attempt: outcome.attempt, shopper: outcome.shopper, units })
    };
    outcomes.iter().filter_map(claim).collect()
}

/// Shoppers whose attempts a round answers.
pub fn answered(outcomes: &[Outcome]) -> HashSet<ShopperId> {
    outcomes.iter().filter(|outcome| answer(&outcome.news).is_some()).map(|outcome| outcome.shopper).collect()
}

/// Attempts that have nothing any more by these outcomes, and never will: a claim of theirs ends. One that was turned away may
/// have a claim as well, of a writer that died before it could commit another answer.
pub fn ended(outcomes: &[Outcome]) -> impl Iterator<Item = AttemptId> + '_ {
    let is_over = |news: &News| match (answer(news), news) {
        (Some(answer), _) => matches!(answer, Answer::SoldOut { .. } | Answer::Refused(_)),
        (None, News::Change(change)) => {
            matches!(change, Change::Expired | Change::Cancelled(_) | Change::StandbyEnded(_))
        }
        (None, News::Answer(_) | News::AnswerTo(..)) => false,
    };
    outcomes.iter().filter(move |outcome| is_over(&outcome.news)).map(|outcome| outcome.attempt)
}

/// The answer that news bring, also if it was drawn.
fn answer(news: &News) -> Option<&Answer> {
    match news {
        News::Answer(answer) | News::AnswerTo(answer, _) | News::Change(Change::Drawn(answer, _)) => Some(answer),
        News::Change(_) => None,
    }
}
