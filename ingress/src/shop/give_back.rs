//! The units of a converted reservation come back: the shop gives the money back that it took for them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use sale::ids::AttemptId;

use super::decided::{DECIDED_WITHIN, decided, undecided};
use super::reservation::{HandedOver, ShopReservation, ShopState};
use crate::auth::{Admin, MayHandOver};
use crate::extract::Path;
use crate::problems::{ApiError, Kind, ShopProblems};
use crate::reads::Reads;
use crate::returns;

/// Why, in the list of refunds.
const REASON: &str = "returned by the shop";

/// Give the units of a converted reservation back
///
/// When the shop gives the money back, which is its own business: the units return to the sale, all of them, the shopper's
/// limit is freed, and who is next on standby gets them. The order counts as refunded. Asking again changes nothing.
#[utoipa::path(post, path = "/api/v1/shop/reservations/{reservation}/return", tag = "shop",
    security(("api_token" = [])), params(("reservation" = Uuid, Path, description = "The reservation: the grant's `sub`")),
    responses((status = 200, body = ShopReservation), ShopProblems))]
pub(crate) async fn give_back(
    State(reads): State<Arc<Reads>>,
    MayHandOver(shop): MayHandOver,
    Path(id): Path<AttemptId>,
) -> Result<Json<ShopReservation>, ApiError> {
    let standing = HandedOver::read(&reads, id).await?;
    if standing.state() == ShopState::Converted {
        ask(&reads, &shop, &standing).await?;
    }
    let returned = decided(&reads, id, DECIDED_WITHIN, |standing| match standing.state() {
        ShopState::Confirming | ShopState::Converted => Ok(None),
        ShopState::Returned => Ok(Some(standing.view())),
        ShopState::Reserved => Err(Kind::Conflict.because("it is not converted: …/release gives it back")),
        ShopState::Gone => Err(standing.gone()),
    });
    returned.await.map(Json)
}

async fn ask(reads: &Reads, shop: &Admin, standing: &HandedOver) -> Result<(), ApiError> {
    let Some(order) = &standing.order else { return Err(undecided("its order is yet to be written")) };
    let mut transaction = reads.postgres.begin().await?;
    let order = returns::lock(&mut transaction, order.id).await?;
    if returns::begin(&mut transaction, shop, &order, REASON).await?.is_some() {
        transaction.commit().await?;
    }
    Ok(())
}
