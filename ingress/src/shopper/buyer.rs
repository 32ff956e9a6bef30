//! What a sale asks its buyers for: given and read back by them, once units are reserved for them and before they pay.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use catalogue::Sale;
use email::Language;
use record::PgPool;
use record::buyers::{self, Known as KnownBuyer};
use sale::buyer::Buyer;
use sale::ids::{AttemptId, EventId};
use sale::record::State as AttemptState;
use serde::Serialize;
use utoipa::ToSchema;

use super::BYTES_MAX;
use super::answers::{Known, find, sealed};
use crate::auth::Shopper;
use crate::buyers::{BuyerDetails, field_problems, sentence};
use crate::entrance::Entrance;
use crate::extract::{Path, read_json};
use crate::problems::{ApiError, BuyerProblems, Kind, ShopperProblems};
use crate::reads::Reads;

/// What is known of the buyer of a reservation.
#[derive(Serialize, ToSchema)]
pub(crate) struct BuyerView {
    #[serde(flatten)]
    details: BuyerDetails,
    /// What the sale still needs before the reservation can be paid for: `name`, `address`, `answers[0]`.
    missing: Vec<String>,
    /// When it was given last, Unix ms; absent while nothing is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    given_at_ms: Option<u64>,
}

/// Read back what was given to be sent the goods
#[utoipa::path(get, path = "/api/v1/sales/{event}/reservations/{attempt}/buyer", tag = "attempts",
    params(("event" = Uuid, Path, description = "The sale event"),
           ("attempt" = Uuid, Path, description = "The reservation")),
    responses((status = 200, body = BuyerView), ShopperProblems))]
pub(crate) async fn show(
    State(entrance): State<Arc<Entrance>>,
    State(reads): State<Arc<Reads>>,
    Shopper(shopper): Shopper,
    Path((event, attempt)): Path<(EventId, AttemptId)>,
) -> Result<Json<BuyerView>, ApiError> {
    let sale = sealed(&entrance, &reads, event, attempt, shopper).await?;
    Ok(Json(view(&sale, buyers::of_attempt(&reads.postgres, attempt).await?)))
}

/// Give what the sale asks for to send the goods
///
/// While units are reserved, and until they are paid for. It replaces all that was given before, so the same again changes
/// nothing. What the sale does not ask for is refused: it is not kept.
#[utoipa::path(put, path = "/api/v1/sales/{event}/reservations/{attempt}/buyer", tag = "attempts",
    params(("event" = Uuid, Path, description = "The sale event"),
           ("attempt" = Uuid, Path, description = "The reservation")),
    request_body = BuyerDetails,
    responses((status = 200, body = BuyerView), BuyerProblems))]
pub(crate) async fn give(
    State(entrance): State<Arc<Entrance>>,
    State(reads): State<Arc<Reads>>,
    Shopper(shopper): Shopper,
    Path((event, attempt)): Path<(EventId, AttemptId)>,
    request: Request,
) -> Result<Json<BuyerView>, ApiError> {
    let (parts, body) = request.into_parts();
    let (details, _) = read_json::<BuyerDetails, _>(&parts.headers, body, BYTES_MAX).await?;
    let sale = sealed(&entrance, &reads, event, attempt, shopper).await?;
    if !sale.buyer_fields.ask() {
        return Err(Kind::Conflict.because("this sale asks its buyers for nothing"));
    }
    let known = find(&reads, &sale, attempt, shopper).await?;
    may_give(&known)?;
    let buyer = Buyer::from(details);
    let flaws = sale.buyer_fields.flaws(&buyer);
    if !flaws.is_empty() {
        return Err(Kind::Invalid.because(sentence(&flaws)).at_fields(field_problems(&flaws)));
    }
    let language = language(&parts.headers);
    let given_at = buyers::give(&reads.postgres, event, attempt, &buyer, language.word()).await?;
    Ok(Json(view(&sale, Some(KnownBuyer { buyer, given_at }))))
}

/// What mail to the buyer is written in: the first language that their browser asks for and that there is.
fn language(headers: &HeaderMap) -> Language {
    Language::asked_for(headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default())
}

/// Fails while anything is missing that the sale needs before it is paid for. A sale that needs nothing asks nobody.
pub(super) async fn check(pool: &PgPool, sale: &Sale, attempt: AttemptId) -> Result<(), ApiError> {
    if sale.buyer_fields.missing(None).is_empty() {
        return Ok(());
    }
    let known = buyers::of_attempt(pool, attempt).await?;
    let missing = sale.buyer_fields.missing(known.as_ref().map(|known| &known.buyer));
    if missing.is_empty() {
        return Ok(());
    }
    let detail = format!("{}; PUT …/buyer gives it", sentence(&missing));
    Err(Kind::BuyerMissing.because(detail).at_fields(field_problems(&missing)))
}

fn may_give(known: &Known) -> Result<(), ApiError> {
    let not_now = |why: &str| Err(Kind::Conflict.because(why));
    match known {
        Known::Decided(record) => match record.state {
            AttemptState::Held(_) | AttemptState::HeldOn(..) => Ok(()),
            AttemptState::Sold(..) | AttemptState::Settled(..) => not_now("it is paid: ask the shop to change it"),
            AttemptState::Entered => not_now("it is in the lobby: nothing is reserved yet"),
            AttemptState::Waiting => not_now("it is on standby: nothing is reserved yet"),
            AttemptState::Expired | AttemptState::Cancelled(_) => not_now("the reservation is over"),
            AttemptState::Closed | AttemptState::StandbyEnded(_) => not_now("nothing was reserved"),
        },
        Known::InLine => not_now("the attempt has no answer yet"),
        Known::Closed => not_now("nothing was reserved"),
    }
}

fn view(sale: &Sale, known: Option<KnownBuyer>) -> BuyerView {
    let missing = sale.buyer_fields.missing(known.as_ref().map(|known| &known.buyer));
    let given_at_ms = known.as_ref().map(|known| clock::from_utc(known.given_at).0);
    BuyerView {
        details: known.map(|known| known.buyer).unwrap_or_default().into(),
        missing: missing.into_iter().map(|flaw| flaw.field).collect(),
        given_at_ms,
    }
}
