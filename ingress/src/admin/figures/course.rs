//! How a sale went, as it is told.

use chrono::{DateTime, Utc};
use record::history::Point;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::marks::Mark;

/// How much of a sale is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Span {
    /// From its opening on.
    #[default]
    Sale,
    /// The last hour.
    Hour,
    /// The last ten minutes.
    TenMinutes,
}

/// How a sale went.
#[derive(Serialize, ToSchema)]
pub(crate) struct History {
    pub(super) event_id: Uuid,
    pub(super) server_time_ms: u64,
    /// ISO 4217.
    pub(super) currency: String,
    /// Between two points, in milliseconds; the last point may be nearer.
    pub(super) step_ms: i64,
    /// Whether it begins with the first attempt. That of a sale which ran before histories were kept begins where they were; of
    /// what was before it, nothing is known.
    pub(super) is_whole: bool,
    /// As it stood at each point. All counts are those since the beginning, unless said otherwise.
    pub(super) points: HistoryPoints,
    /// What was done to the sale, the earliest first.
    pub(super) marks: Vec<Mark>,
}

/// Each is as long as the others.
#[derive(Default, Serialize, ToSchema)]
pub(crate) struct HistoryPoints {
    /// Milliseconds since 1970.
    at_ms: Vec<i64>,
    /// Attempts answered.
    attempts: Vec<i64>,
    /// Units granted.
    granted_units: Vec<i64>,
    /// Units paid for, less those that came back.
    sold_units: Vec<i64>,
    /// Units that were granted and came back: given back, expired, or put back after a refund.
    returned_units: Vec<i64>,
    /// Units held unpaid, at the time.
    held_units: Vec<i64>,
    /// Units neither held nor sold, at the time.
    left_units: Vec<i64>,
    /// Shoppers on standby, at the time.
    waiting: Vec<i64>,
    /// Entries in the lobby, at the time.
    entered: Vec<i64>,
    /// Attempts answered sold out.
    sold_out: Vec<i64>,
    /// Attempts refused.
    refused: Vec<i64>,
    /// What the sold units were sold for, in minor units.
    sold_minor: Vec<i64>,
}

impl HistoryPoints {
    pub(super) fn add(&mut self, point: Point) {
        self.at_ms.push(point.at.timestamp_millis());
        self.attempts.push(point.served);
        self.granted_units.push(point.granted_units);
        self.sold_units.push(point.sold_units);
        self.returned_units.push(point.returned_units());
        self.held_units.push(point.held_units);
        self.left_units.push(point.left_units());
        self.waiting.push(point.waiting);
        self.entered.push(point.entered);
        self.sold_out.push(point.sold_out);
        self.refused.push(point.refused);
        self.sold_minor.push(point.sold_minor);
    }

    /// Ends with what is newest: its interval may not have ended yet.
    pub(super) fn end_with(&mut self, newest: Point, until: DateTime<Utc>) {
        if self.at_ms.last().is_none_or(|last| *last < until.timestamp_millis()) {
            self.add(Point { at: until, ..newest });
        }
    }
}
