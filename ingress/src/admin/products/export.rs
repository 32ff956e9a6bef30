//! All products as CSV.

use std::io;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use record::{PgPool, products};
use serde_json::json;
use uuid::Uuid;

use super::sheet;
use crate::admin::audit;
use crate::admin::spreadsheet::BYTE_ORDER_MARK;
use crate::auth::MayRead;
use crate::problems::{AdminReadProblems, ApiError};

/// Products read at a time.
const PAGE: i64 = 500;

/// Products as CSV
///
/// All of them, the latest first, for spreadsheets: `sku,name,description,list_price,currency,version`, in UTF-8 with a byte order mark. Prices are decimal numbers with a point. What a
/// spreadsheet would take for a formula has an apostrophe before it. What is changed in it can be imported again.
#[utoipa::path(get, path = "/api/v1/admin/products.csv", tag = "admin: sales", security(("api_token" = [])),
    responses((status = 200, body = String, content_type = "text/csv"), AdminReadProblems))]
pub(crate) async fn all(State(pool): State<PgPool>, MayRead(admin): MayRead) -> Result<Response, ApiError> {
    let mut pages = Pages { pool: pool.clone(), after: None, is_first: true, is_over: false };
    // The first page before the answer: a database that is away is a 503, not a broken file.
    let first = pages.next().await?;
    audit::record(&mut *pool.acquire().await?, &admin, "products.export", "products", json!({})).await?;
    let rest = stream::try_unfold(pages, async |mut pages| {
        if pages.is_over {
            return Ok(None);
        }
        match pages.next().await {
            Ok(bytes) => Ok(Some((bytes, pages))),
            Err(error) => Err(io::Error::other(format!("export broken off: {}", error.kind.word()))),
        }
    });
    let body = stream::StreamExt::chain(stream::iter([io::Result::Ok(first)]), rest);
    let about = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"products.csv\""),
    ];
    Ok((about, Body::from_stream(body)).into_response())
}

/// Where an export stands.
struct Pages {
    pool: PgPool,
    after: Option<Uuid>,
    is_first: bool,
    is_over: bool,
}

impl Pages {
    async fn next(&mut self) -> Result<Bytes, ApiError> {
        let products = products::list(&self.pool, None, self.after, PAGE).await?;
        self.after = products.last().map(|product| product.id);
        self.is_over = products.is_empty();
        let start = if self.is_first { BYTE_ORDER_MARK.as_bytes().to_vec() } else { Vec::new() };
        let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(start);
        if std::mem::take(&mut self.is_first) {
            writer.write_record(sheet::HEADS).map_err(ApiError::internal)?;
        }
        for product in &products {
            writer.write_record(sheet::written(product)?).map_err(ApiError::internal)?;
        }
        writer.into_inner().map(Bytes::from).map_err(|error| ApiError::internal(error.into_error()))
    }
}
