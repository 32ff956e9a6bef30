//! What one shopper saw: the outside view that the verifier holds against the inside.

use std::collections::BTreeSet;

use sale::ids::EventId;
use uuid::Uuid;

/// One attempt, as its shopper saw it. Times are milliseconds on the crowd's own clock.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// When the click was scheduled.
    pub scheduled_ms: f64,
    /// When the first request was sent.
    pub sent_ms: f64,
    /// When the 202 came, or the 200 with the answer, and for which attempt.
    pub accepted: Option<(f64, Uuid)>,
    /// Different final answers that were seen (`reserved`, `standby`, `sold_out`, `refused`): must be one; before it, of an entry, `entered`.
    pub answers: BTreeSet<String>,
    /// When the first of them came.
    pub answered_ms: Option<f64>,
    /// The kind of problem the door answered instead of a 202, if it did for good.
    pub turned_away: Option<String>,
    /// Where it stood at last.
    pub state: String,
    /// What it cost, as told, in minor units.
    pub total_minor: Option<i64>,
    /// The order's number, once paid.
    pub order_number: Option<String>,
    /// How long the socket was away at most, from the end of one connection to the welcome on the next.
    pub away_longest_ms: f64,
}

/// Everything one shopper saw.
#[derive(Clone, Debug)]
pub struct Diary {
    /// Of which sale.
    pub event: EventId,
    /// Who.
    pub shopper: Uuid,
    /// The attempt.
    pub seen: Seen,
}
