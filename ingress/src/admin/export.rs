//! Orders as CSV: streamed page by page, so that its size does not matter.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Serialize;
use serde_json::json;
use sqlx::PgPool;

use super::audit;
use super::orders::{AdminOrder, OrderParams, page};
use crate::auth::Viewer;
use crate::extract::Query;
use crate::problems::{AdminReadProblems, ApiError};
use crate::state::App;

/// Orders read at a time.
const PAGE: i64 = 1_000;
/// Orders in one export; narrow the filter for more.
const ORDERS_MAX: usize = 1_000_000;

/// Where an export stands.
struct Export {
    pool: PgPool,
    which: OrderParams,
    written: usize,
    is_first: bool,
    is_done: bool,
}

/// Orders as CSV
#[utoipa::path(get, path = "/api/v1/admin/orders.csv", tag = "admin: orders", security(("api_token" = [])),
    params(OrderParams),
    responses((status = 200, body = String, content_type = "text/csv"), AdminReadProblems))]
pub(crate) async fn orders_csv(
    State(app): State<App>,
    Viewer(admin): Viewer,
    Query(which): Query<OrderParams>,
) -> Result<Response, ApiError> {
    which.check()?;
    let asked = json!({ "filter": &which });
    let mut export = Export { pool: app.postgres.clone(), which, written: 0, is_first: true, is_done: false };
    // The first page before the answer: a database that is away is a 503, not a broken file.
    let first = export.next().await?;
    audit::record(&mut *app.postgres.acquire().await?, &admin, "orders.export", "orders", asked).await?;
    let rest = stream::try_unfold(export, async |mut export| {
        if export.is_done {
            return Ok(None);
        }
        match export.next().await {
            Ok(bytes) => Ok(Some((bytes, export))),
            Err(error) => Err(std::io::Error::other(format!("export broken off: {}", error.kind.word()))),
        }
    });
    let body = stream::StreamExt::chain(stream::iter([std::io::Result::Ok(first)]), rest);
    let about = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"orders.csv\""),
    ];
    Ok((about, Body::from_stream(body)).into_response())
}

impl Export {
    async fn next(&mut self) -> Result<Bytes, ApiError> {
        let orders = page(&self.pool, &self.which, PAGE).await?;
        self.written += orders.len();
        self.is_done = orders.len() < usize::try_from(PAGE).unwrap_or(usize::MAX) || self.written >= ORDERS_MAX;
        self.which.before = orders.last().map(|order| order.order_id);
        let is_first = std::mem::take(&mut self.is_first);
        write(&orders, is_first).map_err(ApiError::internal)
    }
}

fn write(orders: &[AdminOrder], with_header: bool) -> Result<Bytes, csv::Error> {
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
            "payment_id",
            "refund_state",
            "created_at",
            "paid_at",
        ])?;
    }
    for order in orders {
        writer.write_record(cells(order)?)?;
    }
    writer.into_inner().map(Bytes::from).map_err(|error| error.into_error().into())
}

/// Every cell as text, none of which a spreadsheet takes for a formula.
fn cells(order: &impl Serialize) -> Result<Vec<String>, csv::Error> {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    writer.serialize(order)?;
    let line = writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_slice());
    let record = reader.records().next().transpose()?.unwrap_or_default();
    Ok(record.iter().map(harmless).collect())
}

fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{cell}") } else { cell.to_owned() }
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
    }
}
