//! The state machine of a sale: the only place where stock moves.
//!
//! [`decide`] takes what was read, the commands in their order, and the time; it returns what to tell
//! whom, and what to write. The dispenser reads, calls it, commits, publishes and acks.
//!
//! The order within a round is the order of the commands. Before each command the line's time moves on,
//! reservations whose deadline it passed are expired, and what came back goes to the head of standby.

mod counts;
mod holdings;
mod round;

use std::collections::HashMap;

use crate::answer::Outcome;
use crate::command::Command;
use crate::counted::Counted;
use crate::ids::{AttemptId, AttemptKey, ItemNo, ShopperId};
use crate::provenance::{Party, Provenance};
use crate::record::{Head, Record};
use crate::rules::SaleRules;
use crate::series::Elsewhere;
use crate::time::{LineMs, UnixMs};

use round::Round;

/// What a round must know beforehand.
#[derive(Clone, Debug, Default)]
pub struct ReadSet {
    /// The writer's head: the event as the last commit left it, and the line's time since.
    pub head: Head,
    /// The records of every attempt named by a command, where there is one.
    pub records: HashMap<AttemptKey, Record>,
    /// Units that the shoppers of the attempts hold, bought or wait for.
    pub holdings: HashMap<ShopperId, u32>,
    /// What else is counted for the shoppers of the attempts and where they come from; what is absent is zero.
    pub counts: HashMap<Counted, i64>,
    /// When a reservation of theirs ran out last.
    pub ran_out_at: HashMap<Party, LineMs>,
    /// Held reservations due at the latest time of the batch, earliest deadline first; may be cut short.
    pub due: Vec<Record>,
    /// The heads of the standby lines, in order; may be cut short or absent.
    /// (When absent though needed, [`Decision::standby_starved`] asks for them.)
    pub standby: HashMap<ItemNo, Vec<Record>>,
    /// The entries that the shoppers of the attempts have in the lobby, while it is open.
    pub entries: HashMap<ShopperId, Record>,
    /// In a sale of a series: what the shoppers of the attempts have claimed in its other sales, once that is known. Without it
    /// the round is decided as if nobody had claimed anything: that is final only if nobody gets anything.
    pub elsewhere: Option<Elsewhere>,
    /// Once the opening has come: the entries that come next in the order of the draw. Then there are no commands.
    pub drawn: Option<Vec<Record>>,
}

/// What a round changes. Committed whole or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriteSet {
    /// The event after the round.
    pub head: Head,
    /// Records to put, each once, as the round leaves them.
    pub records: Vec<Record>,
    /// Changes to what shoppers hold, in units; none is zero.
    pub holdings: Vec<(ShopperId, i64)>,
    /// Changes to what else is counted; none is zero.
    pub counts: Vec<(Counted, i64)>,
    /// When reservations ran out last, of the parties of whom some did.
    pub ran_out_at: Vec<(Party, LineMs)>,
    /// Deadlines to watch.
    pub due_added: Vec<(AttemptId, LineMs)>,
    /// Deadlines to watch no longer.
    pub due_removed: Vec<AttemptId>,
    /// Places on standby given, with their numbers.
    pub standby_added: Vec<(ItemNo, u64, AttemptId)>,
    /// Places on standby that ended.
    pub standby_removed: Vec<(ItemNo, AttemptId)>,
    /// Entries into the lobby; each in place of what its shopper had there.
    pub entries_put: Vec<(ShopperId, AttemptId)>,
    /// Shoppers whose entries were withdrawn or drawn. One who entered anew since is among [`Self::entries_put`] as well.
    pub entries_removed: Vec<ShopperId>,
}

/// What a round decided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// News to record and to tell, in order.
    pub outcomes: Vec<Outcome>,
    /// Where attempts that came again stand after the round: to be told again, after the outcomes, without changing
    /// anything.
    pub repeats: Vec<Record>,
    /// What to commit; `None` when nothing changed and there is nothing to record.
    pub writes: Option<WriteSet>,
    /// The line's time after the round: it moves on also when there is nothing to commit.
    pub line: LineMs,
    /// Something came back for shoppers on standby who were not in the read set: run another round,
    /// with the standby heads, before taking more commands.
    pub standby_starved: bool,
}

/// The clocks of two processes may differ by so much without being taken for wrong, in milliseconds: each may be a second off.
pub const CLOCKS_APART_MS: u64 = 2_000;

/// When a command came, as far as that can be: no door whose clock has jumped sells before the opening, or ends a sale.
pub fn came_at(entered_at: UnixMs, now: UnixMs) -> UnixMs {
    if entered_at > now.plus_ms(CLOCKS_APART_MS) { now } else { entered_at }
}

/// Decides one round: `commands`, each with the time at which it was admitted to the line, at time `now`.
///
/// Deterministic: the same arguments give the same decision.
pub fn decide<'c>(
    rules: &SaleRules,
    mut read: ReadSet,
    commands: impl IntoIterator<Item = (UnixMs, &'c Command)>,
    now: UnixMs,
) -> Decision {
    let commands = commands.into_iter();
    let drawn = read.drawn.take();
    let mut round = Round::start(rules, read, now, commands.size_hint().0);
    if let Some(drawn) = drawn {
        round.draw(drawn);
    }
    for (entered_at, command) in commands {
        let entered_at = came_at(entered_at, now);
        round.move_line_to(entered_at);
        match command {
            Command::Attempt(attempt) => round.attempt(attempt, Provenance::default(), entered_at),
            Command::AttemptFrom(attempt, provenance) => round.attempt(attempt, *provenance, entered_at),
            Command::Confirm { attempt, payment } => round.confirm(*attempt, *payment),
            Command::Cancel { attempt, cause } => round.cancel(*attempt, *cause, entered_at),
            Command::Captured { attempt, payment } => round.captured(*attempt, *payment),
            Command::HoldOn { attempt, what_for, until } => round.hold_on(*attempt, *what_for, *until),
            Command::LetGo { attempt, payment } => round.let_go(*attempt, *payment),
            Command::Tick => {}
        }
    }
    round.finish()
}

/// Subtracts, and stops at zero. Less than zero is a bug: debug builds panic; release builds go on, since nobody is helped
/// by a line that stands still.
fn fewer(count: u32, by: u32) -> u32 {
    debug_assert!(count >= by, "{by} fewer than {count}");
    count.saturating_sub(by)
}
