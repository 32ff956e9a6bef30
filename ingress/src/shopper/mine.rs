//! What a shopper has in sales.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use sale::ids::{AttemptId, EventId, ShopperId};
use sale::time::UnixMs;
use serde::Serialize;
use utoipa::ToSchema;
use view::AttemptView;

use super::answers::{AttemptDetail, entry};
use crate::auth::Shopper;
use crate::callers::Callers;
use crate::ledger::{OrderView, PaymentView};
use crate::problems::{ApiError, ShopperProblems};
use crate::reads::Reads;

/// Reservations in one list, the latest first.
const LISTED_MAX: i64 = 100;

/// A shopper's reservations.
#[derive(Serialize, ToSchema)]
pub(crate) struct Reservations {
    /// What is in a lobby, and is yet to be drawn; then the latest first, also places on standby, and what is over.
    reservations: Vec<AttemptDetail>,
}

/// Own reservations
///
/// And own entries. Reservations are from the system of record: what was answered a moment ago may not be in it yet. What is still in
/// line is known to nobody but who has asked.
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
    let mut reservations = entries(&reads, shopper, now).await?;
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

/// What a shopper has in lobbies.
async fn entries(reads: &Reads, shopper: ShopperId, now: UnixMs) -> Result<Vec<AttemptDetail>, ApiError> {
    let mut entries = Vec::new();
    for sale in reads.catalogue.all().values() {
        let may_be_in = sale.rules.lobby.as_ref().is_some_and(|lobby| lobby.opens_at <= now) && !sale.cleared;
        if may_be_in && let Some(record) = entry(reads, sale, shopper).await? {
            let attempt = AttemptView::of_record(&sale.rules, &record, now);
            entries.push(AttemptDetail { attempt, payment: None, order: None });
        }
    }
    Ok(entries)
}
