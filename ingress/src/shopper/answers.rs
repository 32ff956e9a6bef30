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
use crate::extract::Path;
use crate::ledger::{self, OrderView, PaymentView};
use crate::problems::{ApiError, Kind, ShopperProblems};
use crate::state::App;

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
    State(app): State<App>,
    Shopper(shopper): Shopper,
    Path((event, attempt)): Path<(EventId, AttemptId)>,
) -> Result<Json<AttemptDetail>, ApiError> {
    let sale = sealed(&app, event, attempt, shopper).await?;
    let found = find(&app, &sale, attempt, shopper).await?;
    let view = found.view(&sale.rules, attempt);
    if !matches!(&found, Found::Decided(record) if record.had_stock_or_place()) {
        return Ok(Json(AttemptDetail { attempt: view, payment: None, order: None }));
    }
    // Aside: without the database the answer still stands.
    let joined = tokio::time::timeout(ledger::ASIDE_WITHIN, async {
        let ids = [attempt.0];
        let mut payments = ledger::payments_for(&app.postgres, &ids).await?;
        let mut orders = ledger::orders_for(&app.postgres, &ids).await?;
        Ok::<_, sqlx::Error>((payments.remove(&attempt.0), orders.remove(&attempt.0)))
    });
    let (payment, order) = joined.await.ok().and_then(Result::ok).unwrap_or_default();
    Ok(Json(AttemptDetail { attempt: view, payment, order }))
}

/// The sale of an attempt, once the attempt's seal shows that it is this shopper's. Nobody learns from the
/// answer whether somebody else's attempt exists.
pub(super) async fn sealed(
    app: &App,
    event: EventId,
    attempt: AttemptId,
    shopper: ShopperId,
) -> Result<Arc<Sale>, ApiError> {
    if !app.ids.is_of(attempt, event, shopper) {
        return Err(Kind::NotFound.because("no such attempt of yours"));
    }
    sale_of(app, event).await
}

/// A sale, also one that is no longer in the catalogue.
pub(crate) async fn sale_of(app: &App, event: EventId) -> Result<Arc<Sale>, ApiError> {
    if let Some(sale) = app.catalogue.get(event) {
        return Ok(sale);
    }
    let (pool, away) = (app.postgres.clone(), || Kind::Unavailable.because("the database does not answer"));
    // As a task: the transaction in it must not be cancelled as it begins.
    let loading = tokio::spawn(async move { record::catalogue::load(&pool, event).await });
    match loading.await {
        Ok(Ok(Some(sale))) => Ok(Arc::new(sale)),
        Ok(Ok(None)) => Err(Kind::NotFound.because("no such sale")),
        Ok(Err(_)) | Err(_) => Err(away().retry_after_s(2)),
    }
}

/// What is known of an attempt whose seal is right.
pub(super) enum Found {
    /// It is not decided yet.
    InLine,
    /// Where it stands.
    Decided(Record),
    /// It got no stock, and its sale is cleared away.
    Closed,
}

impl Found {
    /// As its shopper sees it.
    pub(super) fn view(&self, rules: &SaleRules, attempt: AttemptId) -> AttemptView {
        match self {
            Found::InLine => AttemptView::in_line(rules.event, attempt),
            Found::Decided(record) => AttemptView::of_record(rules, record, clock::now()),
            Found::Closed => AttemptView::closed(rules.event, attempt),
        }
    }
}

/// Finds an attempt: in Redis, which has every answer until the sale is cleared away; else in the record, which has those
/// with stock or a place.
///
/// # Errors
/// When nobody can say at the moment: an attempt may be decided though it is in neither.
pub(super) async fn find(app: &App, sale: &Sale, attempt: AttemptId, shopper: ShopperId) -> Result<Found, ApiError> {
    let event = sale.rules.event;
    let mut redis = app.redis.clone();
    let read = tokio::time::timeout(READ_WITHIN, inventory::read_records(&mut redis, event, &[attempt])).await;
    let found = match read {
        Ok(Ok(Some(records))) => records.into_iter().flatten().next().map_or(Found::InLine, Found::Decided),
        Ok(Ok(None)) | Ok(Err(_)) | Err(_) => recorded(app, sale, attempt).await?,
    };
    match found {
        Found::Decided(record) if record.shopper != shopper => Err(Kind::NotFound.because("no such attempt of yours")),
        found => Ok(found),
    }
}

/// Without an inventory: there is none yet or no longer, or it is lost and not yet rebuilt.
async fn recorded(app: &App, sale: &Sale, attempt: AttemptId) -> Result<Found, ApiError> {
    let event = sale.rules.event;
    let looked = async {
        let reservation = ledger::reservation(&app.postgres, attempt).await?;
        Ok::<_, sqlx::Error>((reservation, ledger::anything_decided(&app.postgres, event).await?))
    };
    match tokio::time::timeout(ledger::ASIDE_WITHIN, looked).await {
        Ok(Ok((Some(reservation), _))) => Ok(Found::Decided(reservation.record)),
        Ok(Ok((None, _))) if sale.cleared => Ok(Found::Closed),
        Ok(Ok((None, false))) => Ok(Found::InLine),
        Ok(Ok((None, true))) | Ok(Err(_)) | Err(_) => {
            let detail = "where this attempt stands cannot be read at the moment; its place is kept";
            Err(Kind::Unavailable.because(detail).retry_after_s(2))
        }
    }
}
