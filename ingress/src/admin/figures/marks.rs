//! What was done to a sale, and when: marks on its history.

use record::audit::{self, Written};
use record::{PgConnection, Result};
use sale::ids::EventId;
use sale::rules::SaleRules;
use sale::time::UnixMs;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::moment::Moment;

/// The latest of them are shown.
const MARKS_MAX: i64 = 200;

/// Something that was done to a sale, or happened to it.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct Mark {
    pub(super) at: Moment,
    /// `opened`, `paused`, `resumed`, `restocked`, `stopped`, `closed`, `sold_out`.
    pub(super) what: &'static str,
    /// The name of the API token by which it was done; absent for what happened by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) by: Option<String>,
    /// Why it was paused or stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    /// Which item was restocked, and by how many units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sku: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) units: Option<i64>,
}

impl Mark {
    pub(super) fn by_itself(what: &'static str, at: Moment) -> Self {
        Self { at, what, by: None, reason: None, sku: None, units: None }
    }

    fn of(entry: Written) -> Option<Self> {
        let what = match entry.action.as_str() {
            "event.pause" => "paused",
            "event.resume" => "resumed",
            "event.restock" => "restocked",
            "event.stop" => "stopped",
            _ => return None,
        };
        let text = |field: &str| entry.detail.get(field).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            at: entry.at.into(),
            what,
            by: Some(entry.actor.clone()).filter(|actor| !actor.is_empty()),
            reason: text("reason"),
            sku: text("sku"),
            units: entry.detail.get("units").and_then(Value::as_i64),
        })
    }
}

/// What was done to a sale by now, the earliest first.
pub(super) async fn of(db: &mut PgConnection, event: EventId, rules: &SaleRules, now: UnixMs) -> Result<Vec<Mark>> {
    let written = audit::of_subject(db, &event.to_string(), MARKS_MAX).await?;
    let mut marks: Vec<Mark> = written.into_iter().filter_map(Mark::of).collect();
    let was_stopped_before = |at: UnixMs| rules.stopped_at.is_some_and(|stopped| stopped <= at);
    for (what, at) in [("opened", rules.opens_at), ("closed", rules.ends_at(now))] {
        if rules.scheduled && at <= now && !was_stopped_before(at) {
            marks.push(Mark::by_itself(what, clock::to_utc(at).into()));
        }
    }
    marks.sort_by_key(|mark| mark.at);
    Ok(marks)
}
