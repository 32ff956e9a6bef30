//! The shop needs more time: the units are held on, within the sale's grace.

use std::sync::Arc;

use crate::line::Entering;
use axum::Json as Reply;
use axum::extract::State;
use sale::command::{Command, HeldOnFor};
use sale::ids::AttemptId;
use sale::record::Record;
use sale::rules::SaleRules;
use sale::time::UnixMs;
use serde::Deserialize;
use utoipa::ToSchema;

use super::decided::{DECIDED_WITHIN, decided, undecided};
use super::reservation::{HandedOver, ShopReservation, ShopState};
use crate::auth::MayHandOver;
use crate::entrance::Entrance;
use crate::extract::{Json, Path};
use crate::moment::Moment;
use crate::problems::{ApiError, Kind, ShopProblems};
use crate::reads::Reads;

/// Until when the shop wants the units held.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExtendRequest {
    /// Never later than the reservation's own deadline and the sale's `grace_seconds`.
    until: Moment,
}

/// Hold a reservation longer
///
/// Answers with the deadline as it is then: no later than the sale's grace allows, and no earlier than it was. Asking for no
/// more than there is changes nothing.
#[utoipa::path(post, path = "/api/v1/shop/reservations/{reservation}/extend", tag = "shop",
    security(("api_token" = [])), params(("reservation" = Uuid, Path, description = "The reservation: the grant's `sub`")),
    request_body = ExtendRequest, responses((status = 200, body = ShopReservation), ShopProblems))]
pub(crate) async fn extend(
    State(reads): State<Arc<Reads>>,
    State(entrance): State<Arc<Entrance>>,
    _: MayHandOver,
    Path(id): Path<AttemptId>,
    body: Json<ExtendRequest>,
) -> Result<Reply<ShopReservation>, ApiError> {
    let until = clock::from_utc(body.value.until.utc());
    let standing = HandedOver::read(&reads, id).await?;
    if standing.state() == ShopState::Reserved && !is_held_until(&standing.record, &standing.sale.rules, until) {
        if standing.sale.rules.stands_still() {
            return Err(undecided("the sale is paused and its time stands still"));
        }
        let command = Command::HoldOn { attempt: id, what_for: HeldOnFor::Shop, until: Some(until) };
        entrance.lines.submit(standing.event, Entering::now(command))?.confirmed().await?;
    }
    let held = decided(&reads, id, DECIDED_WITHIN, |standing| match standing.state() {
        ShopState::Reserved if is_held_until(&standing.record, &standing.sale.rules, until) => {
            Ok(Some(standing.view()))
        }
        ShopState::Reserved | ShopState::Confirming => Ok(None),
        ShopState::Converted => Err(Kind::Conflict.because("it is confirmed: it needs no more time")),
        ShopState::Gone | ShopState::Returned => Err(standing.gone()),
    });
    held.await.map(Reply)
}

/// Whether a reservation is held so long, as far as is known now; or as long as it may be.
fn is_held_until(record: &Record, rules: &SaleRules, until: UnixMs) -> bool {
    let (Some(grant), Some(held_until)) = (record.grant(), record.held_until()) else { return true };
    rules.pauses.wall_time(held_until, clock::now()) >= until
        || held_until >= grant.deadline_line.plus_ms(rules.grace_ms)
}
