//! The replay of a sale, as it is told.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::admin::figures::view::{AttemptFigures, ItemFigures};
use crate::moment::Moment;

/// What a replay is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReplaySource {
    /// The journal: what was decided, round by round.
    Journal,
    /// The history: the journal is forgotten.
    History,
}

/// A part of the replay of a sale.
#[derive(Serialize, ToSchema)]
pub(crate) struct Replay {
    pub(super) event_id: Uuid,
    /// ISO 4217.
    pub(super) currency: String,
    pub(super) source: ReplaySource,
    /// When the sale was cleared away, and its journal with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cleared_at: Option<Moment>,
    /// The round that it begins after; zero where it begins with the first.
    pub(super) from: u64,
    /// The last round that the parts together tell of.
    pub(super) rounds: u64,
    /// Every so many rounds there is a frame: 1 where each has one.
    pub(super) step: u64,
    /// `after` of the next part; absent in the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_after: Option<u64>,
    /// In the order of the rounds. The first part begins with one of before the first round.
    pub(super) frames: Vec<Frame>,
}

/// How a sale stood after a round.
#[derive(Serialize, ToSchema)]
pub(crate) struct Frame {
    /// The round; zero is before the first.
    pub(super) seq: u64,
    /// When it was decided, in milliseconds since 1970, by the clock of who decided: another one's may differ a little. Of a
    /// history, until when that was so.
    pub(super) at_ms: i64,
    /// Attempts answered since the beginning, and how they ended.
    pub(super) attempts: AttemptFigures,
    /// By item; none where only the history is kept.
    pub(super) items: Vec<ItemFigures>,
    /// Units that the sale might sell, of all items together; the same of all that follows.
    pub(super) allocated_units: i64,
    /// Units neither held nor sold.
    pub(super) left_units: i64,
    /// Units held unpaid.
    pub(super) held_units: i64,
    /// Units sold.
    pub(super) sold_units: i64,
    /// Shoppers on standby.
    pub(super) waiting: i64,
    /// Entries in the lobby.
    pub(super) entered: i64,
    /// What the sold units were sold for, in minor units.
    pub(super) sold_minor: i64,
    /// How much the round decided. That a reservation is held past its deadline while a bank is asked does not count.
    pub(super) decided: usize,
    /// At most 12 of it: who got units first (of a draw, its winners), who got nothing last, each in the order of the line.
    pub(super) decisions: Vec<Decision>,
}

/// What was decided of one attempt. Whose it is, is not said.
#[derive(Serialize, ToSchema)]
pub(crate) struct Decision {
    /// Which; once it is granted units, also their reservation.
    pub(super) attempt_id: Uuid,
    /// An answer: `granted`, `standby`, `behind` (on standby behind everybody else), `sold_out`, `refused`, `entered` (the lobby). Or
    /// what happened since: `served` (granted from standby), `expired`, `cancelled`, `sold`, `payment_refused`, `standby_ended`, `paid`
    /// (the money is taken).
    pub(super) what: &'static str,
    /// Of which item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sku: Option<String>,
    /// How many units of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) units: Option<u32>,
    /// The number of the place on standby.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) place: Option<u64>,
    /// Why it was refused, cancelled, or ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) why: Option<&'static str>,
}
