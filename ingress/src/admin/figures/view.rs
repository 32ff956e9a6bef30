//! The figures of an event, as they are shown.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// The figures of an event. What is absent cannot be known at the moment.
#[derive(Serialize, ToSchema)]
pub(crate) struct Figures {
    pub(super) event_id: Uuid,
    pub(super) status: &'static str,
    pub(super) server_time_ms: u64,
    pub(super) line: LineFigures,
    /// Attempts answered, and how they ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) attempts: Option<AttemptFigures>,
    /// By item.
    pub(super) items: Vec<ItemFigures>,
    /// Reservations in the system of record, by state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reservations: Option<BTreeMap<String, i64>>,
    /// Orders by state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) orders: Option<BTreeMap<String, OrderFigures>>,
    /// Paid less refunded, in minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) revenue_minor: Option<i64>,
    /// ISO 4217.
    pub(super) currency: String,
    /// How long attempts waited over the last minute, from the door to the committed decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) answer_ms: Option<AnswerFigures>,
}

/// Percentiles, in milliseconds.
#[derive(Serialize, ToSchema)]
pub(crate) struct AnswerFigures {
    pub(super) p50: u64,
    pub(super) p95: u64,
    pub(super) p99: u64,
}

/// The line.
#[derive(Serialize, ToSchema)]
pub(crate) struct LineFigures {
    /// Messages in the queue; each carries up to some hundred attempts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) messages: Option<u32>,
    /// Attempts of this ingress that are not answered.
    pub(super) waiting_here: u64,
    /// Attempts in the line, estimated from this ingress's share.
    pub(super) length: u64,
    /// Since a dispenser was last heard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) heard_ms_ago: Option<u64>,
    /// Rounds committed, and how many of them the system of record has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rounds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rounds_recorded: Option<i64>,
}

/// How attempts ended.
#[derive(Serialize, ToSchema)]
pub(crate) struct AttemptFigures {
    pub(super) served: u64,
    pub(super) reserved: u64,
    pub(super) standby: u64,
    pub(super) sold_out: u64,
    pub(super) refused: u64,
    pub(super) granted_from_standby: u64,
    pub(super) expired: u64,
    pub(super) cancelled: u64,
    pub(super) converted: u64,
}

/// One item.
#[derive(Serialize, ToSchema)]
pub(crate) struct ItemFigures {
    pub(super) sku: String,
    /// As the rules say.
    pub(super) allocation: u32,
    /// As far as the line has followed the rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) allocated: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) left: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) held: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sold: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) standby_len: Option<u32>,
    /// What the sold units were sold for, in minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sold_minor: Option<i64>,
}

/// Orders of one state.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderFigures {
    pub(super) count: i64,
    /// In minor units.
    pub(super) total_minor: i64,
}
