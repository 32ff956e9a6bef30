//! Orders as CSV: streamed page by page, so that its size does not matter.

use std::io;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use record::PgPool;
use record::orders::{self, Cursor};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::IntoParams;
use uuid::Uuid;

use super::audit;
use super::orders::{AdminOrder, OrderQuery, cursor_of};
use crate::auth::Viewer;
use crate::extract::Query;
use crate::problems::{AdminReadProblems, ApiError, Kind};

/// Orders read at a time.
const PAGE: i64 = 1_000;
/// More orders than there can be.
const ALL: i64 = i64::MAX;

/// Which orders, and how many.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportParams {
    /// Of this event.
    event: Option<Uuid>,
    /// `pending`, `paid`, `failed`, `cancelled` or `refunded`.
    state: Option<String>,
    /// An order number, a SKU, what the shop calls its customer or knows the order by, or the id of a shopper, a reservation or
    /// an order.
    q: Option<String>,
    /// Only what comes after this order in the list.
    before: Option<Uuid>,
    /// At most so many, the latest first; without it all of them.
    #[param(minimum = 1)]
    limit: Option<i64>,
}

/// Where an export stands.
struct Export {
    pool: PgPool,
    wanted: OrderQuery,
    after: Option<Cursor>,
    /// Orders that may still come.
    left: i64,
    is_first: bool,
}

/// Orders as CSV
#[utoipa::path(get, path = "/api/v1/admin/orders.csv", tag = "admin: orders", security(("api_token" = [])),
    params(ExportParams),
    responses((status = 200, body = String, content_type = "text/csv"), AdminReadProblems))]
pub(crate) async fn orders_csv(
    State(pool): State<PgPool>,
    Viewer(admin): Viewer,
    Query(ExportParams { event, state, q, before, limit }): Query<ExportParams>,
) -> Result<Response, ApiError> {
    let wanted = OrderQuery { event, state, q };
    wanted.filter()?;
    if limit.is_some_and(|limit| limit < 1) {
        return Err(Kind::Invalid.because("limit: from 1; without it, all orders are exported"));
    }
    let asked = json!({ "filter": &wanted, "before": before, "limit": limit });
    let after = cursor_of(&pool, before).await?;
    let mut export = Export { pool: pool.clone(), wanted, after, left: limit.unwrap_or(ALL), is_first: true };
    // The first page before the answer: a database that is away is a 503, not a broken file.
    let first = export.next().await?;
    audit::record(&mut *pool.acquire().await?, &admin, "orders.export", "orders", asked).await?;
    let rest = stream::try_unfold(export, async |mut export| {
        if export.left == 0 {
            return Ok(None);
        }
        match export.next().await {
            Ok(bytes) => Ok(Some((bytes, export))),
            Err(error) => Err(io::Error::other(format!("export broken off: {}", error.kind.word()))),
        }
    });
    let body = stream::StreamExt::chain(stream::iter([io::Result::Ok(first)]), rest);
    let about = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"orders.csv\""),
    ];
    Ok((about, Body::from_stream(body)).into_response())
}

impl Export {
    async fn next(&mut self) -> Result<Bytes, ApiError> {
        let limit = PAGE.min(self.left);
        let orders = orders::page(&self.pool, &self.wanted.filter()?, self.after, limit).await?;
        let count = i64::try_from(orders.len()).map_err(ApiError::internal)?;
        self.left = if count < limit { 0 } else { self.left - count };
        self.after = orders.last().map(Cursor::from);
        let is_first = std::mem::take(&mut self.is_first);
        write(orders.into_iter().map(AdminOrder::from), is_first).map_err(ApiError::internal)
    }
}

fn write(orders: impl Iterator<Item = AdminOrder>, with_header: bool) -> Result<Bytes, csv::Error> {
    // The header is written by hand, so that an empty export has one too.
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    if with_header {
        writer.write_record([
            "order_id",
            "number",
            "event_id",
            "reservation_id",
            "shopper_id",
            "sku",
            "quantity",
            "total_minor",
            "currency",
            "state",
            "refunded_minor",
            "payment_id",
            "refund_id",
            "refund_state",
            "refund_failure",
            "put_back",
            "created_at",
            "paid_at",
            "reference",
            "customer",
        ])?;
    }
    for order in orders {
        writer.write_record(cells(&order)?)?;
    }
    writer.into_inner().map(Bytes::from).map_err(|error| error.into_error().into())
}

/// Every cell as text, none of which a spreadsheet takes for a formula.
fn cells(order: &impl Serialize) -> Result<Vec<String>, csv::Error> {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    writer.serialize(order)?;
    let line = writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_slice());
    match reader.records().next() {
        Some(record) => Ok(record?.iter().map(harmless).collect()),
        None => Err(io::Error::other("an order without cells").into()),
    }
}

fn harmless(cell: &str) -> String {
    let starts = |shown: &str| shown.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n']);
    if starts(cell) || starts(cell.trim_start()) { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        #[derive(Serialize)]
        struct Row(&'static str, Option<i64>, &'static str, &'static str);
        let row = Row("=HYPERLINK(\"http://evil\")", None, "plain, \"quoted\"", "@SUM(1)");
        let cells = cells(&row).expect("cells");
        assert_eq!(cells, ["'=HYPERLINK(\"http://evil\")", "", "plain, \"quoted\"", "'@SUM(1)"]);
        for cell in [" =1", "\u{a0}@x", "＝1", "\r=4"] {
            assert_eq!(harmless(cell), format!("'{cell}"));
        }
    }
}
