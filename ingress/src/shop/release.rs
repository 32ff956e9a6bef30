//! The shop lets a reservation go: somebody else can have the units.

use std::sync::Arc;

use crate::line::Entering;
use axum::Json;
use axum::extract::State;
use sale::command::{CancelCause, Command};
use sale::ids::AttemptId;

use super::decided::{DECIDED_WITHIN, decided};
use super::reservation::{HandedOver, ShopReservation, ShopState};
use crate::auth::MayHandOver;
use crate::entrance::Entrance;
use crate::extract::Path;
use crate::problems::{ApiError, Kind, ShopProblems};
use crate::reads::Reads;

/// Release a reservation
///
/// That is not paid for: the shopper left, or the shop will not serve them. The units go to who is next. Releasing what is
/// gone already changes nothing.
#[utoipa::path(post, path = "/api/v1/shop/reservations/{reservation}/release", tag = "shop",
    security(("api_token" = [])), params(("reservation" = Uuid, Path, description = "The reservation: the grant's `sub`")),
    responses((status = 200, body = ShopReservation), ShopProblems))]
pub(crate) async fn release(
    State(reads): State<Arc<Reads>>,
    State(entrance): State<Arc<Entrance>>,
    _: MayHandOver,
    Path(id): Path<AttemptId>,
) -> Result<Json<ShopReservation>, ApiError> {
    let standing = HandedOver::read(&reads, id).await?;
    if standing.state() == ShopState::Reserved {
        let command = Command::Cancel { attempt: id, cause: CancelCause::Shop };
        entrance.lines.submit(standing.event, Entering::now(command))?.confirmed().await?;
    }
    let gone = decided(&reads, id, DECIDED_WITHIN, |standing| match standing.state() {
        ShopState::Reserved | ShopState::Confirming => Ok(None),
        ShopState::Converted => Err(Kind::NotCancellable.because("it is converted: …/return gives its units back")),
        ShopState::Gone | ShopState::Returned => Ok(Some(standing.view())),
    });
    gone.await.map(Json)
}
