//! What a shopper is told when their page is closed, and what of it is still true when it is sent.

use crate::answer::{Answer, Change, Grace, Grant, News};
use crate::rules::{SaleRules, Status};
use crate::time::UnixMs;
use crate::words::words;

/// The longest time before the deadline at which it is told that time runs out, in milliseconds.
const LEAD_MAX_MS: u64 = 180_000;
/// Of the time to pay, this part is left when it is told that it runs out.
const LEAD_PART: u64 = 3;
/// When to look again at what may become true, in milliseconds.
const LOOK_AGAIN_MS: u64 = 2_000;
/// A deadline is told to be moved when it is further away than this, in milliseconds.
const MOVED_MS: u64 = 1_000;

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NotificationKind {
    /// A sale, or its lobby, opens soon.
    OpensSoon,
    /// An entry was taken.
    InLobby,
    /// Units were reserved for somebody who waited: on standby, or in the lobby.
    YourTurn,
    /// The time to pay is nearly over.
    TimeRunsOut,
    /// The money was taken: the receipt.
    OrderConfirmed,
    /// Money went back.
    OrderRefunded,
    /// It was sent back in its turn: the shopper does not have it.
    RefundCameBack,
}

words!(NotificationKind: "kind of notification" {
    OpensSoon = "opens_soon",
    InLobby = "in_lobby",
    YourTurn = "your_turn",
    TimeRunsOut = "time_runs_out",
    OrderConfirmed = "order_confirmed",
    OrderRefunded = "order_refunded",
    RefundCameBack = "refund_came_back",
});

/// What follows for a shopper from news about an attempt of theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follows<'n> {
    /// It is told that the entry was taken.
    Entered,
    /// Units are held. Whether that is told, since the shopper waited; that their time runs out is told later.
    Held(&'n Grant, bool),
    /// The attempt is over: what is still to be told of its lobby or its deadline is not true any more.
    Over,
}

/// What follows from news.
pub fn follows(news: &News) -> Option<Follows<'_>> {
    match news {
        News::Answer(answer) | News::AnswerTo(answer, _) => match answer {
            Answer::Entered { .. } => Some(Follows::Entered),
            Answer::Reserved(grant) => Some(Follows::Held(grant, false)),
            Answer::Standby { .. } | Answer::Behind { .. } | Answer::SoldOut { .. } | Answer::Refused(_) => None,
        },
        News::Change(Change::Granted(grant) | Change::Drawn(Answer::Reserved(grant), _)) => {
            Some(Follows::Held(grant, true))
        }
        News::Change(Change::Expired | Change::Cancelled(_) | Change::Converted(_) | Change::Drawn(..)) => {
            Some(Follows::Over)
        }
        News::Change(
            Change::StandbyEnded(_)
            | Change::ConfirmRefused(..)
            | Change::Settled(_)
            | Change::HeldOn(_)
            | Change::LetGo(_),
        ) => None,
    }
}

/// How long before its deadline a shopper is told that their time runs out, in milliseconds.
pub fn lead_ms(hold_ms: u64) -> u64 {
    (hold_ms / LEAD_PART).min(LEAD_MAX_MS)
}

/// Whether something is still to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is true, and of use until then.
    Tell(UnixMs),
    /// It may become true: look again then.
    Later(UnixMs),
    /// It is not true any more.
    Never,
}

/// What is known of a reservation.
#[derive(Clone, Copy, Debug)]
pub struct Held<'r> {
    /// The grant, while its units are held.
    pub grant: Option<&'r Grant>,
    /// What they are held on for past the deadline.
    pub grace: Option<&'r Grace>,
    /// A payment is under way.
    pub is_being_paid: bool,
}

/// Whether it is still their turn.
pub fn your_turn(rules: &SaleRules, held: &Held<'_>, now: UnixMs) -> Verdict {
    match deadline(rules, held, now) {
        Ok(deadline) if now < deadline => Verdict::Tell(deadline),
        Ok(_) => Verdict::Never,
        Err(verdict) => verdict,
    }
}

/// Whether their time runs out now.
pub fn time_runs_out(rules: &SaleRules, held: &Held<'_>, now: UnixMs) -> Verdict {
    match deadline(rules, held, now) {
        Ok(deadline) if now >= deadline => Verdict::Never,
        Ok(deadline) => {
            let at = UnixMs(deadline.0.saturating_sub(lead_ms(rules.hold_ms)));
            if now.plus_ms(MOVED_MS) < at { Verdict::Later(at) } else { Verdict::Tell(deadline) }
        }
        Err(verdict) => verdict,
    }
}

/// When a shopper must have paid. While the sale is paused, or a payment is under way, nobody can say: it may count again.
fn deadline(rules: &SaleRules, held: &Held<'_>, now: UnixMs) -> Result<UnixMs, Verdict> {
    let grant = held.grant.ok_or(Verdict::Never)?;
    if held.grace.is_some() || held.is_being_paid || rules.stands_still() {
        return Err(Verdict::Later(now.plus_ms(LOOK_AGAIN_MS)));
    }
    Ok(rules.pauses.wall_time(grant.deadline_line, now))
}

/// Whether the sale still opens, or its lobby, at the moment that was told of. Of one that is paused nobody can say.
pub fn opens_soon(rules: &SaleRules, opening: UnixMs, now: UnixMs) -> Verdict {
    let first = rules.lobby.as_ref().map_or(rules.opens_at, |lobby| lobby.opens_at);
    match rules.status(now) {
        Status::Upcoming if first == opening && now < opening => Verdict::Tell(opening),
        Status::Paused if first == opening && now < opening => Verdict::Later(now.plus_ms(LOOK_AGAIN_MS)),
        _ => Verdict::Never,
    }
}

/// Whether an entry still waits for the draw.
pub fn in_lobby(rules: &SaleRules, now: UnixMs) -> Verdict {
    let waits = rules.stopped_at.is_none() && now < rules.opens_at;
    if waits { Verdict::Tell(rules.opens_at) } else { Verdict::Never }
}

#[cfg(test)]
#[path = "notification_tests.rs"]
mod tests;
