//! What rounds of a sale leave to be told, and what they make untrue.

use std::collections::HashMap;

use sale::answer::Grant;
use sale::ids::{AttemptId, EventId, ShopperId};
use sale::notification::{Follows, NotificationKind, follows};
use sale::report::RoundReport;
use sale::time::UnixMs;
use uuid::Uuid;

/// What is told of a deadline is given up so long after it, in milliseconds: pauses move deadlines, and nothing is told after one
/// that has passed.
const DEADLINE_KEPT_MS: u64 = 24 * 3_600_000;

/// To be told to one shopper. Of each kind there is one about a subject.
#[derive(Clone, Copy, Debug)]
pub(super) struct New {
    pub(super) shopper: ShopperId,
    pub(super) kind: NotificationKind,
    /// The attempt; of the lobby the sale, so that who enters and withdraws again and again is told once.
    pub(super) subject: Uuid,
    pub(super) due_at: UnixMs,
    pub(super) expires_at: UnixMs,
}

impl New {
    /// That the time to pay for what an attempt holds runs out.
    pub(super) fn time_runs_out(shopper: ShopperId, attempt: AttemptId, grant: &Grant, due_at: UnixMs) -> Self {
        let expires_at = grant.deadline.plus_ms(DEADLINE_KEPT_MS);
        Self { shopper, kind: NotificationKind::TimeRunsOut, subject: attempt.0, due_at, expires_at }
    }
}

/// What follows from rounds.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// What is to be told, and still is after the last of them.
    pub(super) new: Vec<New>,
    /// Attempts of which what was to be told before these rounds is not true any more.
    pub(super) over: Vec<Uuid>,
    /// Shoppers who withdrew an entry.
    pub(super) withdrawn: Vec<Uuid>,
}

/// What follows from rounds, in their order: an attempt that is over may have begun in them, and one that was drawn to standby
/// is over as an entry, and may be granted in the same breath.
pub(super) fn in_rounds(event: EventId, opens_at: UnixMs, lead_ms: u64, rounds: &[RoundReport]) -> Found {
    let mut found = Found::default();
    // Of which attempt each is, and how many there were when an attempt was over.
    let (mut attempts, mut over_at) = (Vec::new(), HashMap::new());
    for round in rounds {
        for outcome in &round.outcomes {
            let (shopper, attempt) = (outcome.shopper, outcome.attempt);
            match follows(&outcome.news) {
                None => {}
                Some(Follows::Over) => {
                    found.over.push(attempt.0);
                    over_at.insert(attempt, attempts.len());
                    if round.decided_at < opens_at {
                        found.withdrawn.push(shopper.0);
                    }
                }
                Some(Follows::Entered) => {
                    let (kind, due_at) = (NotificationKind::InLobby, round.decided_at);
                    found.new.push(New { shopper, kind, subject: event.0, due_at, expires_at: opens_at });
                }
                Some(Follows::Held(grant, has_waited)) => {
                    let runs_out_at = UnixMs(grant.deadline.0.saturating_sub(lead_ms));
                    let runs_out = New::time_runs_out(shopper, attempt, grant, runs_out_at);
                    if has_waited {
                        let (kind, due_at) = (NotificationKind::YourTurn, round.decided_at);
                        found.new.push(New { kind, due_at, ..runs_out });
                    }
                    found.new.push(runs_out);
                }
            }
            attempts.resize(found.new.len(), attempt);
        }
    }
    let mut attempts = attempts.into_iter().enumerate();
    let is_over = |(at, attempt)| over_at.get(&attempt).is_some_and(|over_at| at < *over_at);
    found.new.retain(|_| attempts.next().is_some_and(|one| !is_over(one)));
    found
}

#[cfg(test)]
#[path = "news_tests.rs"]
mod tests;
