//! How a sale went, from its opening on.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use record::history::{self, Extent, SoldOut};
use sale::ids::EventId;
use sale::rules::Status;
use serde::Deserialize;
use utoipa::IntoParams;

use super::course::{History, HistoryPoints, Span};
use super::marks::{self, Mark};
use crate::admin::looks::Looks;
use crate::auth::MayRead;
use crate::extract::{Path, Query};
use crate::problems::{AdminReadProblems, ApiError};
use crate::reads::Reads;

/// Points in one answer, at most.
const POINTS_MAX: i64 = 300;
/// The steps between points that there are, in seconds; beyond the last, whole days.
const STEPS_S: [i64; 16] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 43_200];
const DAY_S: i64 = 86_400;

/// Which part.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryParams {
    /// `sale` (from its opening on, also without it), `hour` or `ten_minutes`: the last of it.
    #[serde(default)]
    #[param(inline)]
    span: Span,
}

/// How a sale went
///
/// From its opening on, in at most 301 points, however long it is; with what was done to it. From the system of record: some
/// moments behind the live figures, and there for as long as the sale is.
#[utoipa::path(get, path = "/api/v1/admin/events/{event}/history", tag = "admin: operation",
    security(("api_token" = [])), params(("event" = Uuid, Path, description = "The event"), HistoryParams),
    responses((status = 200, body = History), AdminReadProblems))]
pub(crate) async fn show(
    State(reads): State<Arc<Reads>>,
    State(looks): State<Arc<Looks>>,
    _: MayRead,
    Path(event): Path<EventId>,
    Query(HistoryParams { span }): Query<HistoryParams>,
) -> Result<Response, ApiError> {
    let history = looks.histories.of((event, span), read(&reads, event, span)).await?;
    Ok(Json(&*history).into_response())
}

async fn read(reads: &Reads, event: EventId, span: Span) -> Result<History, ApiError> {
    let (sale, now) = (reads.sale(event).await?, clock::now());
    let mut marks = marks::of(&mut *reads.postgres.acquire().await?, event, &sale.rules, now).await?;
    let extent = history::extent(&reads.postgres, event).await?;
    let sold_out = history::sold_outs(&reads.postgres, event, extent.as_ref()).await?.whole;
    if let SoldOut::At { at, .. } = sold_out {
        marks.push(Mark::by_itself("sold_out", at.min(clock::to_utc(now)).into()));
        marks.sort_by_key(|mark| mark.at);
    }
    let is_over = matches!(sale.rules.status(now), Status::Ended | Status::Stopped);
    let (mut points, mut step_ms) = (HistoryPoints::default(), STEPS_S[0] * 1_000);
    if let Some(extent) = extent {
        let (from, until) = ends(extent, clock::to_utc(sale.rules.opens_at), clock::to_utc(now), is_over, span);
        step_ms = step(from, until);
        for point in history::between(&reads.postgres, event, on_step(from, step_ms), until, step_ms).await? {
            points.add(point);
        }
        if let Some(newest) = history::newest(&reads.postgres, event).await? {
            points.end_with(newest, until);
        }
    }
    Ok(History {
        event_id: event.0,
        server_time_ms: now.0,
        currency: sale.rules.currency.to_string(),
        step_ms,
        is_whole: extent.is_none_or(|extent| extent.is_whole),
        points,
        marks,
    })
}

/// From when until when: of a sale that is over, until its last round.
fn ends(
    extent: Extent,
    opens_at: DateTime<Utc>,
    now: DateTime<Utc>,
    is_over: bool,
    span: Span,
) -> (DateTime<Utc>, DateTime<Utc>) {
    let until = if is_over { extent.until.min(now) } else { now };
    let first = extent.from.max(opens_at - TimeDelta::seconds(1)).min(until);
    let last = |length: TimeDelta| (until - length).max(first);
    let from = match span {
        Span::Sale => first,
        Span::Hour => last(TimeDelta::hours(1)),
        Span::TenMinutes => last(TimeDelta::minutes(10)),
    };
    (from, until)
}

/// The shortest step by which there are not too many points.
fn step(from: DateTime<Utc>, until: DateTime<Utc>) -> i64 {
    let least_s = (until - from).num_seconds() / POINTS_MAX + 1;
    let whole_days_s = (least_s + DAY_S - 1) / DAY_S * DAY_S;
    STEPS_S.into_iter().find(|step_s| *step_s >= least_s).unwrap_or(whole_days_s) * 1_000
}

/// The last moment on a step that is not later.
fn on_step(at: DateTime<Utc>, step_ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at.timestamp_millis().div_euclid(step_ms) * step_ms).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).expect("a time")
    }

    #[test]
    fn a_sale_of_any_length_has_at_most_so_many_points() {
        for (seconds, step_s) in
            [(0, 1), (299, 1), (300, 2), (7_200, 30), (86_400, 300), (30 * DAY_S, 21_600), (400 * DAY_S, 2 * DAY_S)]
        {
            assert_eq!(step(at(0), at(seconds)), step_s * 1_000, "{seconds} s");
            assert!(seconds / step_s <= POINTS_MAX);
        }
    }

    #[test]
    fn a_sale_that_is_over_is_shown_to_its_last_round_and_a_running_one_until_now() {
        let extent = Extent { from: at(-100), until: at(500), is_whole: true, sold_out: None };
        assert_eq!(ends(extent, at(0), at(9_000), true, Span::Sale), (at(-1), at(500)));
        assert_eq!(ends(extent, at(0), at(9_000), false, Span::Sale), (at(-1), at(9_000)));
        assert_eq!(ends(extent, at(0), at(9_000), false, Span::Hour), (at(5_400), at(9_000)));
        assert_eq!(ends(extent, at(0), at(499), false, Span::TenMinutes), (at(-1), at(499)));
    }
}
