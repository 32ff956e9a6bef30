//! On to the shop's own checkout, with a grant.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use grant::Grant;
use sale::ids::{AttemptId, EventId};
use sale::time::UnixMs;
use serde::Serialize;
use utoipa::ToSchema;
use view::{AttemptState, AttemptView};

use super::answers::{find, sealed};
use crate::auth::Shopper;
use crate::entrance::Entrance;
use crate::extract::Path;
use crate::grants::Grants;
use crate::problems::{ApiError, HandoverProblems, Kind};
use crate::reads::Reads;

/// Where a reservation is paid for.
#[derive(Serialize, ToSchema)]
pub(crate) struct Handover {
    /// The shop's checkout, with a grant that is for this reservation alone.
    url: String,
    /// Until when the grant is good (Unix ms): until the units are held, as known now. Another can be asked for.
    expires_at_ms: u64,
}

/// Go to the shop's checkout
///
/// Of a sale whose checkout is `handed_over`: where to pay for a reservation. Asking changes nothing, and each answer is as
/// good as the other.
#[utoipa::path(post, path = "/api/v1/sales/{event}/reservations/{attempt}/handover", tag = "attempts",
    params(("event" = Uuid, Path, description = "The sale event"),
           ("attempt" = Uuid, Path, description = "The reservation")),
    responses((status = 200, body = Handover), HandoverProblems))]
pub(crate) async fn hand_over(
    State(entrance): State<Arc<Entrance>>,
    State(reads): State<Arc<Reads>>,
    State(grants): State<Arc<Grants>>,
    Shopper(shopper): Shopper,
    Path((event, attempt)): Path<(EventId, AttemptId)>,
) -> Result<Json<Handover>, ApiError> {
    let sale = sealed(&entrance, &reads, event, attempt, shopper).await?;
    let Some(checkout) = &sale.checkout_url else {
        return Err(Kind::NotPayable.because("this sale is paid for here: POST …/payments"));
    };
    let view = find(&reads, &sale, attempt, shopper).await?.view(&sale.rules, attempt);
    let (sku, quantity, price, deadline_ms) = match view {
        AttemptView {
            state: AttemptState::Reserved,
            sku: Some(sku),
            quantity: Some(quantity),
            price: Some(price),
            deadline_ms: Some(deadline_ms),
            ..
        } => (sku, quantity, price, deadline_ms),
        view => return Err(Kind::NotPayable.because(why_not(view.state))),
    };
    let now = clock::now();
    if deadline_ms < now.0 {
        return Err(Kind::NotPayable.because("the time to pay is over"));
    }
    // The shop asks the record, which is a moment behind the line.
    if record::reservations::find(&reads.postgres, attempt).await?.is_none() {
        return Err(Kind::Unavailable.because("the reservation is yet to be recorded; ask again").retry_after_s(1));
    }
    let customer = record::customers::subject(&reads.postgres, shopper).await?;
    let audience = checkout.origin();
    let grant = Grant {
        audience: &audience,
        reservation: attempt,
        event,
        sku: &sku,
        quantity,
        price: &price,
        deadline: UnixMs(deadline_ms),
        shopper,
        customer: customer.as_deref(),
    };
    let url = checkout.with_grant(&grants.sign(&grant, now)?);
    Ok(Json(Handover { url, expires_at_ms: deadline_ms }))
}

fn why_not(state: AttemptState) -> &'static str {
    match state {
        AttemptState::InLine => "the attempt has no answer yet",
        AttemptState::Entered => "it is in the lobby: nothing is reserved yet",
        AttemptState::Standby => "it is on standby: nothing is reserved yet",
        AttemptState::Confirmed => "it is paid already",
        AttemptState::Expired => "the time to pay is over",
        AttemptState::Cancelled => "the reservation was given back",
        AttemptState::Reserved | AttemptState::SoldOut | AttemptState::Refused => "nothing was reserved",
        AttemptState::StandbyEnded | AttemptState::Closed => "nothing was reserved",
    }
}
