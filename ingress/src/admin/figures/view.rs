//! The figures of an event, as they are shown.

use std::collections::BTreeMap;

use record::history::Point;
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
    /// Of a sale that starts by draw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lobby: Option<LobbyFigures>,
    /// Attempts answered, and how they ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) attempts: Option<AttemptFigures>,
    /// By item.
    pub(super) items: Vec<ItemFigures>,
    /// Reservations in the system of record, by state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reservations: Option<BTreeMap<&'static str, i64>>,
    /// Orders by state, every state apart: `pending`, `paid`, `failed`, `cancelled`, `refunded`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) orders: Option<BTreeMap<&'static str, OrderFigures>>,
    /// Reservations for which a payment was begun, whatever came of it, some seconds ago. Absent also beyond 100000: the report
    /// afterwards says how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) paying: Option<u64>,
    /// What the sold units of all items were sold for, in minor units, as the line has it: also while the money is
    /// still to be captured, and after a refund that leaves the units sold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sold_minor: Option<i64>,
    /// Captured less refunded, in minor units, as the system of record has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) revenue_minor: Option<i64>,
    /// What the revenue is made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) money: Option<MoneyFigures>,
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

/// The lobby of a sale that starts by draw.
#[derive(Serialize, ToSchema)]
pub(crate) struct LobbyFigures {
    /// Entries that are yet to be drawn.
    pub(super) entered: u32,
    /// It takes no more.
    pub(super) closed: bool,
    /// What a sale that has opened waits for before anything is decided: `sealing`, that the entries are published; or `beacon`,
    /// that its round is out and had. Absent where it waits for neither.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) waits_for: Option<&'static str>,
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

impl AttemptFigures {
    /// As the history has them.
    pub(in crate::admin) fn of_point(point: &Point) -> Self {
        let count = record::to_u64;
        Self {
            served: count(point.served),
            reserved: count(point.reserved),
            standby: count(point.standby),
            sold_out: count(point.sold_out),
            refused: count(point.refused),
            granted_from_standby: count(point.from_standby),
            expired: count(point.expired),
            cancelled: count(point.cancelled),
            converted: count(point.converted),
        }
    }
}

/// One item.
#[derive(Serialize, ToSchema)]
pub(crate) struct ItemFigures {
    pub(super) sku: String,
    /// What its product is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
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
    /// Shoppers on standby in turn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) standby_len: Option<u32>,
    /// Shoppers on standby behind everybody else, who are not counted in `standby_len`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) behind_len: Option<u32>,
    /// What the sold units were sold for, in minor units, whether the money has come, or gone back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sold_minor: Option<i64>,
}

/// Money that came and went, in minor units. `sold_minor` is more than the revenue by what is refunded and still
/// sold, and by what is not captured yet.
#[derive(Clone, Copy, Serialize, ToSchema)]
pub(crate) struct MoneyFigures {
    /// Taken from cards.
    pub(super) captured_minor: i64,
    /// Of it, given back.
    pub(super) refunded_minor: i64,
    /// Of that, for units that stay sold: they were not put back.
    pub(super) refunded_still_sold_minor: i64,
    /// Orders of which something was given back, all or a part.
    pub(super) refunded_orders: i64,
}

/// Orders of one state.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct OrderFigures {
    pub(super) count: i64,
    /// In minor units.
    pub(super) total_minor: i64,
}
