//! The report on a sale that is over. What is not on record is absent from it, never zero.

mod csv;
mod gather;
pub(super) mod view;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use sale::ids::EventId;

use super::audit;
use super::looks::Looks;
use crate::auth::MayRead;
use crate::extract::Path;
use crate::problems::{ApiError, ReportProblems};
use crate::reads::Reads;
use view::Report;

/// The report on a sale
///
/// How a sale went that is over (`ended` or `stopped`; a 409 before): what was asked for and what there was, how soon it was sold
/// out, how long people waited, where they gave up, and what it was sold for. What is absent is not on record.
#[utoipa::path(get, path = "/api/v1/admin/events/{event}/report", tag = "admin: operation",
    security(("api_token" = [])), params(("event" = Uuid, Path, description = "The event")),
    responses((status = 200, body = Report), ReportProblems))]
pub(crate) async fn show(
    State(reads): State<Arc<Reads>>,
    State(looks): State<Arc<Looks>>,
    _: MayRead,
    Path(event): Path<EventId>,
) -> Result<Response, ApiError> {
    let report = looks.reports.of(event, gather::gather(&reads, event)).await?;
    Ok(Json(&*report).into_response())
}

/// The report on a sale as CSV
///
/// The same, a figure a line: `section`, `of` (an item, a coupon), `figure`, `value`, `unit`. UTF-8 with a byte order mark. Amounts are
/// decimal numbers with a point, their unit the currency; times are RFC 3339, in UTC. What is not on record is `unknown`. What a
/// spreadsheet would take for a formula has an apostrophe before it.
#[utoipa::path(get, path = "/api/v1/admin/events/{event}/report.csv", tag = "admin: operation",
    security(("api_token" = [])), params(("event" = Uuid, Path, description = "The event")),
    responses((status = 200, body = String, content_type = "text/csv"), ReportProblems))]
pub(crate) async fn show_csv(
    State(reads): State<Arc<Reads>>,
    State(looks): State<Arc<Looks>>,
    MayRead(admin): MayRead,
    Path(event): Path<EventId>,
) -> Result<Response, ApiError> {
    let report = looks.reports.of(event, gather::gather(&reads, event)).await?;
    let lines = csv::of(&report)?;
    let mut db = reads.postgres.acquire().await?;
    audit::record(&mut db, &admin, "event.report_export", event, serde_json::json!({})).await?;
    let about = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"report.csv\""),
    ];
    Ok((about, lines).into_response())
}
