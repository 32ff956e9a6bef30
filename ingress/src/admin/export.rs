//! Orders as CSV: streamed page by page, so that its size does not matter.

use std::io;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use record::orders::books::{self, Entry};
use record::orders::{self, Cursor, ListedOrder, PutBack};
use record::{PgPool, buyers};
use sale::buyer::{Buyer, QUESTIONS_MAX};
use sale::ids::{AttemptId, OrderId};
use sale::money::Currency;
use sale::payment::{OrderState, RefundState};
use sale::pricing::PriceLine;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::IntoParams;
use uuid::Uuid;

use super::audit;
use super::orders::{OrderQuery, cursor_of, too_many_buyers};
use super::spreadsheet::{BYTE_ORDER_MARK, cells, decimal};
use crate::auth::{Admin, MayReadBuyers};
use crate::extract::Query;
use crate::moment::Moment;
use crate::problems::{ApiError, Kind, OwnerReadProblems};

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
    /// As of the list of orders.
    q: Option<String>,
    /// Made at this moment or later.
    #[param(value_type = Option<Moment>)]
    from: Option<Moment>,
    /// Made before this moment.
    #[param(value_type = Option<Moment>)]
    until: Option<Moment>,
    /// Only what comes after this order in the list.
    before: Option<Uuid>,
    /// At most so many, the latest first; without it all of them.
    #[param(minimum = 1)]
    limit: Option<i64>,
}

/// Where an export stands.
struct Export {
    pool: PgPool,
    admin: Admin,
    wanted: OrderQuery,
    after: Option<Cursor>,
    /// Orders that may still come.
    left: i64,
    is_first: bool,
}

/// Orders as CSV
///
/// For spreadsheets: UTF-8 with a byte order mark. Amounts are decimal numbers with a point, in the currency that stands in a column of its own; `unit_price` is what
/// each unit costs with every rule and coupon (where not all cost the same: `2 × 45.00 + 1 × 60.00`), `total` what the order costs, `refunded`
/// what went back of it, last at `refunded_at`, `net` what is left of what was paid: nothing, of an order that is not paid. Times are
/// RFC 3339, in UTC. With what their buyers gave to be sent the goods. What a spreadsheet would take for a formula has an apostrophe before it: a cell
/// that begins like one, such as a phone number with +, and what does so within a cell after a separator.
#[utoipa::path(get, path = "/api/v1/admin/orders.csv", tag = "admin: orders", security(("api_token" = [])),
    params(ExportParams),
    responses((status = 200, body = String, content_type = "text/csv"), OwnerReadProblems))]
pub(crate) async fn orders_csv(
    State(pool): State<PgPool>,
    MayReadBuyers(admin): MayReadBuyers,
    Query(ExportParams { event, state, q, from, until, before, limit }): Query<ExportParams>,
) -> Result<Response, ApiError> {
    let wanted = OrderQuery { event, state, q, from, until };
    wanted.filter(&admin)?;
    if limit.is_some_and(|limit| limit < 1) {
        return Err(Kind::Invalid.because("limit: from 1; without it, all orders are exported"));
    }
    let asked = json!({ "filter": wanted.described(), "before": before, "limit": limit });
    let after = cursor_of(&pool, before).await?;
    let mut export =
        Export { pool: pool.clone(), admin: admin.clone(), wanted, after, left: limit.unwrap_or(ALL), is_first: true };
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
        let orders = orders::page(&self.pool, &self.wanted.filter(&self.admin)?, self.after, limit).await?;
        let orders = orders.map_err(too_many_buyers)?;
        let count = i64::try_from(orders.len()).map_err(ApiError::internal)?;
        self.left = if count < limit { 0 } else { self.left - count };
        self.after = orders.last().map(Cursor::from);
        let is_first = std::mem::take(&mut self.is_first);
        let attempts: Vec<AttemptId> = orders.iter().map(|order| order.attempt).collect();
        let ids: Vec<OrderId> = orders.iter().map(|order| order.id).collect();
        let mut connection = self.pool.acquire().await?;
        let mut buyers = buyers::of_attempts(&mut connection, &attempts).await?;
        let mut entries = books::entries(&mut connection, &ids).await?;
        let rows = orders.into_iter().map(|order| {
            let buyer = buyers.remove(&order.attempt).map(|known| known.buyer).unwrap_or_default();
            let entry = entries.remove(&order.id).unwrap_or_default();
            Row::of(order, entry).map(|row| (row, buyer_cells(buyer)))
        });
        write(rows, is_first)
    }
}

/// An order, as a bookkeeper reads it. Its fields are the heads of the columns.
#[derive(Serialize)]
struct Row {
    number: String,
    created_at: Moment,
    paid_at: Option<Moment>,
    state: &'static str,
    sale: String,
    sku: String,
    product: String,
    quantity: i32,
    unit_price: String,
    coupon: Option<String>,
    total: String,
    refunded: String,
    refunded_at: Option<Moment>,
    net: String,
    currency: String,
    reference: Option<String>,
    customer: Option<String>,
    refund_state: Option<&'static str>,
    refund_failure: Option<String>,
    put_back: Option<&'static str>,
    order_id: Uuid,
    sale_id: Uuid,
    reservation_id: Uuid,
    shopper_id: Uuid,
    payment_id: Option<Uuid>,
    refund_id: Option<Uuid>,
}

const HEADS: [&str; 26] = [
    "number",
    "created_at",
    "paid_at",
    "state",
    "sale",
    "sku",
    "product",
    "quantity",
    "unit_price",
    "coupon",
    "total",
    "refunded",
    "refunded_at",
    "net",
    "currency",
    "reference",
    "customer",
    "refund_state",
    "refund_failure",
    "put_back",
    "order_id",
    "sale_id",
    "reservation_id",
    "shopper_id",
    "payment_id",
    "refund_id",
];
const BUYER_HEADS: [&str; 14] = [
    "buyer_name",
    "buyer_email",
    "buyer_phone",
    "buyer_address_line1",
    "buyer_address_line2",
    "buyer_postal_code",
    "buyer_city",
    "buyer_region",
    "buyer_country",
    "buyer_answer_1",
    "buyer_answer_2",
    "buyer_answer_3",
    "buyer_answer_4",
    "buyer_answer_5",
];

impl Row {
    fn of(order: ListedOrder, entry: Entry) -> Result<Self, ApiError> {
        let currency: Currency = order.currency.parse().map_err(ApiError::internal)?;
        let amount = |minor: i64| decimal(minor, currency.digits());
        let was_paid = matches!(order.state, OrderState::Paid | OrderState::Refunded);
        Ok(Self {
            number: order.number,
            created_at: order.created_at.into(),
            paid_at: order.paid_at.map(Moment::from),
            state: order.state.word(),
            sale: order.event_name,
            sku: order.sku,
            product: entry.product,
            quantity: order.quantity,
            unit_price: unit_price(&entry.prices, amount),
            coupon: entry.coupon,
            total: amount(order.total_minor),
            refunded: amount(order.refunded_minor),
            refunded_at: entry.refunded_at.map(Moment::from),
            net: amount(if was_paid { order.total_minor - order.refunded_minor } else { 0 }),
            currency: order.currency,
            reference: order.reference,
            customer: order.customer,
            refund_state: order.refund_state.map(RefundState::word),
            refund_failure: order.refund_failure,
            put_back: order.put_back.map(PutBack::word),
            order_id: order.id.0,
            sale_id: order.event.0,
            reservation_id: order.attempt.0,
            shopper_id: order.shopper.0,
            payment_id: order.payment_id,
            refund_id: order.refund_id,
        })
    }
}

/// What each unit cost; where not all cost the same, how many cost what: `2 × 45.00 + 1 × 60.00`.
fn unit_price(prices: &[PriceLine], amount: impl Fn(i64) -> String) -> String {
    match prices {
        [all] => amount(all.unit_minor),
        some => {
            let some = some.iter().map(|line| format!("{} × {}", line.units, amount(line.unit_minor)));
            some.collect::<Vec<_>>().join(" + ")
        }
    }
}

fn write(
    orders: impl Iterator<Item = Result<(Row, Vec<String>), ApiError>>,
    with_header: bool,
) -> Result<Bytes, ApiError> {
    let mut start = Vec::new();
    if with_header {
        start.extend_from_slice(BYTE_ORDER_MARK.as_bytes());
    }
    // The header is written by hand, so that an empty export has one too.
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(start);
    if with_header {
        writer.write_record(HEADS.iter().chain(&BUYER_HEADS)).map_err(ApiError::internal)?;
    }
    for order in orders {
        writer.write_record(cells(&order?).map_err(ApiError::internal)?).map_err(ApiError::internal)?;
    }
    writer.into_inner().map(Bytes::from).map_err(|error| ApiError::internal(error.into_error()))
}

/// What a buyer gave, in as many cells of whoever gave it.
fn buyer_cells(buyer: Buyer) -> Vec<String> {
    let Buyer { name, email, phone, address, mut answers } = buyer;
    let address = address.unwrap_or_default();
    answers.resize(QUESTIONS_MAX, String::new());
    let mut cells = vec![name, email, phone, address.line1, address.line2];
    cells.extend([address.postal_code, address.city, address.region, address.country]);
    cells.extend(answers);
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_that_cost_different_amounts_are_told_apart() {
        let line = |units, unit_minor| PriceLine { units, unit_minor, tier: None };
        let amount = |minor| decimal(minor, 2);
        assert_eq!(unit_price(&[line(3, 4_500)], amount), "45.00");
        assert_eq!(unit_price(&[line(2, 4_500), line(1, 6_000)], amount), "2 × 45.00 + 1 × 60.00");
    }

    #[test]
    fn nothing_that_a_buyer_gives_is_a_formula() {
        let buyer = Buyer {
            name: "=1+1".to_owned(),
            phone: "+49 30 901820".to_owned(),
            answers: vec!["@SUM(1)".to_owned(), "\"M\",\n=2".to_owned()],
            ..Buyer::default()
        };
        let given = cells(&buyer_cells(buyer)).expect("cells");
        assert_eq!(given.len(), 14);
        assert_eq!((&*given[0], &*given[2], &*given[9]), ("'=1+1", "'+49 30 901820", "'@SUM(1)"));
        assert_eq!(given[10], "\"M\",\n'=2");
    }
}
