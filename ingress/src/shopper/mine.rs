//! What a shopper has.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use record::PgPool;
use sale::ids::{AttemptId, EventId};
use serde::Serialize;
use utoipa::ToSchema;
use view::AttemptView;

use super::answers::AttemptDetail;
use crate::auth::Shopper;
use crate::callers::Callers;
use crate::ledger::{OrderView, PaymentView};
use crate::problems::{ApiError, ShopperProblems};
use crate::reads::Reads;

/// Reservations or orders in one list, the latest first.
const LISTED_MAX: i64 = 100;

/// A shopper's reservations.
#[derive(Serialize, ToSchema)]
pub(crate) struct Reservations {
    /// The latest first; also places on standby, and what is over.
    reservations: Vec<AttemptDetail>,
}

/// A shopper's orders.
#[derive(Serialize, ToSchema)]
pub(crate) struct Orders {
    /// The latest first.
    orders: Vec<OrderView>,
}

/// Own reservations
///
/// From the system of record: what was answered a moment ago may not be in it yet.
#[utoipa::path(get, path = "/api/v1/me/reservations", tag = "me",
    responses((status = 200, body = Reservations), ShopperProblems))]
pub(crate) async fn reservations(
    State(callers): State<Arc<Callers>>,
    State(reads): State<Arc<Reads>>,
    Shopper(shopper): Shopper,
) -> Result<Json<Reservations>, ApiError> {
    callers.rates.list(shopper)?;
    let found = record::reservations::of_shopper(&reads.postgres, shopper, LISTED_MAX).await?;
    let ids: Vec<AttemptId> = found.iter().map(|reservation| reservation.record.id).collect();
    let mut payments = record::payments::latest_of(&reads.postgres, &ids).await?;
    let mut orders = record::orders::of_attempts(&reads.postgres, &ids).await?;
    let now = clock::now();
    let mut sales = HashMap::new();
    let mut reservations = Vec::with_capacity(found.len());
    for reservation in found {
        let event: EventId = reservation.event;
        if let std::collections::hash_map::Entry::Vacant(unknown) = sales.entry(event) {
            unknown.insert(reads.sale(event).await?);
        }
        let Some(sale) = sales.get(&event) else { continue };
        let id = reservation.record.id;
        reservations.push(AttemptDetail {
            attempt: AttemptView::of_record(&sale.rules, &reservation.record, now),
            payment: payments.remove(&id).map(PaymentView::from),
            order: orders.remove(&id).map(OrderView::from),
        });
    }
    Ok(Json(Reservations { reservations }))
}

/// Own orders
#[utoipa::path(get, path = "/api/v1/me/orders", tag = "me",
    responses((status = 200, body = Orders), ShopperProblems))]
pub(crate) async fn orders(
    State(callers): State<Arc<Callers>>,
    State(pool): State<PgPool>,
    Shopper(shopper): Shopper,
) -> Result<Json<Orders>, ApiError> {
    callers.rates.list(shopper)?;
    let orders = record::orders::of_shopper(&pool, shopper, LISTED_MAX).await?;
    Ok(Json(Orders { orders: orders.into_iter().map(OrderView::from).collect() }))
}
