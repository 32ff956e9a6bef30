//! The opening of a sale that starts by draw: what has to happen to those in its lobby before the line goes on.

use crate::lobby::LobbyCounts;
use crate::record::Head;
use crate::rules::SaleRules;
use crate::time::UnixMs;

/// What the line does next about its lobby.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing: it goes on.
    GoOn,
    /// The opening has come: first it closes the lobby.
    Close,
    /// The opening has come, and what orders the entries is not known yet: it waits.
    AwaitSeed,
    /// It decides the entries that come next.
    Draw,
}

/// What is to be done about the lobby before the line goes on; `opening_has_come` when what is next in the line entered it
/// after the opening. A sale that is stopped tells everybody at once.
pub fn next(rules: &SaleRules, head: &Head, opening_has_come: bool) -> Next {
    let Some(lobby) = &rules.lobby else { return Next::GoOn };
    let LobbyCounts { entered, closed } = head.lobby;
    let is_stopped = rules.stopped_at.is_some();
    match (is_stopped || opening_has_come, closed, entered) {
        (false, _, _) | (_, true, 0) => Next::GoOn,
        (true, _, 0) if is_stopped => Next::GoOn,
        (true, false, _) => Next::Close,
        (true, true, _) if is_stopped || lobby.seed.is_some() => Next::Draw,
        (true, true, _) => Next::AwaitSeed,
    }
}

/// What enters the line from this moment on waits for those in the lobby; nothing does where there is nobody to wait for.
pub fn waits_from(rules: &SaleRules, head: &Head) -> Option<UnixMs> {
    let is_over = rules.lobby.is_none() || head.lobby == LobbyCounts { entered: 0, closed: true };
    (!is_over && rules.stopped_at.is_none()).then_some(rules.opens_at)
}
