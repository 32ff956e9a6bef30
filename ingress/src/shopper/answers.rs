//! Where an attempt stands: from Redis, else from PostgreSQL; with its payment and its order.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use catalogue::Sale;
use sale::ids::{AttemptId, EventId, ShopperId};
use sale::record::Record;
use sale::rules::SaleRules;
use serde::Serialize;
use utoipa::ToSchema;
use view::AttemptView;

use crate::auth::Shopper;
use crate::entrance::Entrance;
use crate::extract::Path;
use crate::ledger::{ASIDE_WITHIN, OrderView, PaymentView};
use crate::problems::{ApiError, Kind, ShopperProblems};
use crate::reads::Reads;

/// How long to wait for Redis.
const READ_WITHIN: Duration = Duration::from_millis(1_500);

/// An attempt, with what became of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct AttemptDetail {
    #[serde(flatten)]
    pub(super) attempt: AttemptView,
    /// The latest payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) payment: Option<PaymentView>,
    /// The order it became.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) order: Option<OrderView>,
}

/// Read an attempt
#[utoipa::path(get, path = "/api/v1/sales/{event}/attempts/{attempt}", tag = "attempts",
    params(("event" = Uuid, Path, description = "The sale event"),
           ("attempt" = Uuid, Path, description = "The attempt")),
    responses((status = 200, body = AttemptDetail), ShopperProblems))]
pub(crate) async fn show(
    State(entrance): State<Arc<Entrance>>,
    State(reads): State<Arc<Reads>>,
    Shopper(shopper): Shopper,
    Path((event, attempt)): Path<(EventId, AttemptId)>,
) -> Result<Json<AttemptDetail>, ApiError> {
    let sale = sealed(&entrance, &reads, event, attempt, shopper).await?;
    let found = find(&reads, &sale, attempt, shopper).await?;
    let view = found.view(&sale.rules, attempt);
    if !matches!(&found, Known::Decided(record) if record.had_stock_or_place()) {
        return Ok(Json(AttemptDetail { attempt: view, payment: None, order: None }));
    }
    // Aside: without the database the answer still stands.
    let joined = tokio::time::timeout(ASIDE_WITHIN, async {
        let payment = record::payments::latest_of(&reads.postgres, &[attempt]).await?.remove(&attempt);
        let order = record::orders::of_attempts(&reads.postgres, &[attempt]).await?.remove(&attempt);
        Ok::<_, record::Error>((payment.map(PaymentView::from), order.map(OrderView::from)))
    });
    let (payment, order) = match joined.await {
        Ok(Ok(joined)) => joined,
        Ok(Err(error)) => {
            log_missing(attempt, &error);
            (None, None)
        }
        Err(_) => {
            tracing::debug!(%attempt, "payment and order are not shown: no answer in time");
            (None, None)
        }
    };
    Ok(Json(AttemptDetail { attempt: view, payment, order }))
}

/// A database that is away is seen elsewhere, and by everyone at once; a row that nobody can read is seen only here.
fn log_missing(attempt: AttemptId, error: &record::Error) {
    match error {
        record::Error::Decode(_) | record::Error::ColumnDecode { .. } => {
            tracing::error!(%attempt, %error, "payment and order are not shown: a row cannot be read");
        }
        _ => tracing::debug!(%attempt, %error, "payment and order are not shown"),
    }
}

/// The sale of an attempt, once the attempt's seal shows that it is this shopper's. Nobody learns from the
/// answer whether somebody else's attempt exists.
pub(super) async fn sealed(
    entrance: &Entrance,
    reads: &Reads,
    event: EventId,
    attempt: AttemptId,
    shopper: ShopperId,
) -> Result<Arc<Sale>, ApiError> {
    if !entrance.ids.is_of(attempt, event, shopper) {
        return Err(Kind::NotFound.because("no such attempt of yours"));
    }
    reads.sale(event).await
}

/// What is known of an attempt whose seal is right.
#[expect(clippy::large_enum_variant, reason = "nearly all are decided; none is kept")]
pub(super) enum Known {
    /// It is not decided yet.
    InLine,
    /// Where it stands.
    Decided(Record),
    /// It got no stock, and its sale is cleared away.
    Closed,
}

impl Known {
    /// As its shopper sees it.
    pub(super) fn view(&self, rules: &SaleRules, attempt: AttemptId) -> AttemptView {
        match self {
            Known::InLine => AttemptView::in_line(rules.event, attempt),
            Known::Decided(record) => AttemptView::of_record(rules, record, clock::now()),
            Known::Closed => AttemptView::closed(rules.event, attempt),
        }
    }
}

/// Finds an attempt: in Redis, which has every answer until the sale is cleared away; else in the record, which has those
/// with stock or a place.
///
/// # Errors
/// When nobody can say at the moment: an attempt may be decided though it is in neither.
pub(super) async fn find(
    reads: &Reads,
    sale: &Sale,
    attempt: AttemptId,
    shopper: ShopperId,
) -> Result<Known, ApiError> {
    let event = sale.rules.event;
    let mut redis = reads.redis.clone();
    let of = [attempt];
    let read = inventory::read_records(&mut redis, event, &of, reads.heard.of(event));
    let found = match tokio::time::timeout(READ_WITHIN, read).await {
        Ok(Ok(Some(records))) => records.into_iter().flatten().next().map_or(Known::InLine, Known::Decided),
        Ok(Ok(None)) | Ok(Err(_)) | Err(_) => recorded(reads, sale, attempt).await?,
    };
    match found {
        Known::Decided(record) if record.shopper != shopper => Err(Kind::NotFound.because("no such attempt of yours")),
        found => Ok(found),
    }
}

/// What a shopper has in the lobby of a sale, and is yet to be drawn.
///
/// # Errors
/// When nobody can say at the moment.
pub(super) async fn entry(reads: &Reads, sale: &Sale, shopper: ShopperId) -> Result<Option<Record>, ApiError> {
    let event = sale.rules.event;
    let mut redis = reads.redis.clone();
    let read = inventory::read_entry(&mut redis, event, shopper, reads.heard.of(event));
    if let Ok(Ok(Some(found))) = tokio::time::timeout(READ_WITHIN, read).await {
        return Ok(found);
    }
    // Where nothing was decided yet, nobody is in.
    let decided = record::lines::recorded_seq(&reads.postgres, event).await?.is_some_and(|seq| seq > 0);
    match decided && !sale.cleared {
        true => Err(unreadable("whether you are in a lobby cannot be read at the moment; who is in stays in")),
        false => Ok(None),
    }
}

fn unreadable(detail: &str) -> ApiError {
    Kind::Unavailable.because(detail).retry_after_s(2)
}

/// Without an inventory: there is none yet or no longer, or it is lost and not yet rebuilt.
async fn recorded(reads: &Reads, sale: &Sale, attempt: AttemptId) -> Result<Known, ApiError> {
    let event = sale.rules.event;
    let looked = async {
        let reservation = record::reservations::find(&reads.postgres, attempt).await?;
        let anything_decided = record::lines::recorded_seq(&reads.postgres, event).await?.is_some_and(|seq| seq > 0);
        Ok::<_, record::Error>((reservation, anything_decided))
    };
    match tokio::time::timeout(ASIDE_WITHIN, looked).await {
        Ok(Ok((Some(reservation), _))) => Ok(Known::Decided(reservation.record)),
        Ok(Ok((None, _))) if sale.cleared => Ok(Known::Closed),
        Ok(Ok((None, false))) => Ok(Known::InLine),
        Ok(Ok((None, true))) | Ok(Err(_)) | Err(_) => {
            Err(unreadable("where this attempt stands cannot be read at the moment; its place is kept"))
        }
    }
}
